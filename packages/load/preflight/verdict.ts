import type { ErrorKind } from "@brimline/core/codes";
import type { Dialect, EndpointTraits, Option } from "@brimline/core/dialect/dialect";
import type { Problem } from "@brimline/core/job/job";
import type { RequestEnd } from "../request/request.ts";

/** What a failed preflight request means: to give up with a problem, or to ask again, perhaps otherwise. */
export type Verdict = { problem: Problem } | { retry: Asked; afterMs: number };

/** What was asked, and of which endpoint. */
export interface Asked {
  url: URL;
  dialect: Dialect;
  model: string;
  /** Which secrets the job gives, as a caller knows them. */
  credentials: string[];
  traits: EndpointTraits;
  outputTokens: number;
  /** Whether a request was lost already by a fault that one may be unlucky to meet. */
  wasUnlucky: boolean;
}

/** The longest wait for a server that still loads its model or asks for patience. */
const RETRY_LONGEST_MS = 3000;
const RETRY_USUAL_MS = 1000;
const RETRY_SOON_MS = 300;
/** Hidden reasoning can use up a short answer before any of it is seen. */
const LONGER_ANSWER_TOKENS = 1024;
const QUOTE_LENGTH = 300;

/** Judges one request that failed, after which as many are `left`. It is pure. */
export function judgeFailure(end: RequestEnd, asked: Asked, left: number): Verdict {
  const kind = end.record.outcome;
  const text = end.record.errorText ?? "";
  if (kind === "http_4xx") return judgeRefusal(end.record.status ?? 400, text, asked, left);
  // Some servers fail over a field that they do not know.
  if (kind === "http_5xx" && blamedBy(text, asked).length > 0) return retryWithout(text, asked, left);
  if (kind === "http_5xx" || kind === "http_429") {
    return { retry: asked, afterMs: Math.min(end.retryAfterMs ?? RETRY_USUAL_MS, RETRY_LONGEST_MS) };
  }
  if (
    kind === "empty_stream" &&
    end.record.finishReason === "length" &&
    asked.outputTokens < LONGER_ANSWER_TOKENS
  ) {
    return { retry: { ...asked, outputTokens: LONGER_ANSWER_TOKENS }, afterMs: 0 };
  }
  const isLost = (kind === "connect" && end.connected) || kind === "truncated_stream";
  if (isLost && !asked.wasUnlucky) return { retry: { ...asked, wasUnlucky: true }, afterMs: RETRY_SOON_MS };
  if (kind === "stream_error" && speaksOfModel(text)) return { problem: modelUnknown(asked, text) };
  return { problem: problemOf(kind, text, asked) };
}

function judgeRefusal(status: number, text: string, asked: Asked, left: number): Verdict {
  if (status === 401 || status === 403) return { problem: unauthorized(status, asked) };
  const isModel = speaksOfModel(text) && blamedBy(text, asked).length === 0 && !SPEAKS_OF_FIELDS.test(text);
  if (
    (status === 400 || status === 422) &&
    !isModel &&
    optionsLeft(asked).some(({ isSpare, isBlamed }) => isSpare || isBlamed(text))
  )
    return retryWithout(text, asked, left);
  if (speaksOfModel(text)) return { problem: modelUnknown(asked, text) };
  if (status === 404 || status === 405) return { problem: notFound(status, asked) };
  return {
    problem: problem(
      "not_an_llm",
      `The endpoint refuses a ${asked.dialect.words.request}`,
      `It answered ${status}: ${quote(text)}. Correct the job or the endpoint.`,
    ),
  };
}

const optionsLeft = ({ dialect, traits }: Asked): Option[] =>
  dialect.options.filter(({ name }) => !traits.without.includes(name));

const blamedBy = (text: string, asked: Asked): Option[] =>
  optionsLeft(asked).filter(({ isBlamed }) => isBlamed(text));

/**
 * Asks again without the options that the endpoint complains about. If it names none of them, all spare ones are
 * left out; so are they in the last request, if it is the second complaint: there may be a third. A model that
 * wants its length named otherwise may think unseen, and needs room for it.
 */
function retryWithout(text: string, asked: Asked, left: number): Verdict {
  const blamed = blamedBy(text, asked);
  const isLast = left === 1 && asked.traits.without.length > 0;
  const dropped = optionsLeft(asked).filter(
    (option) => blamed.includes(option) || (option.isSpare && (blamed.length === 0 || isLast)),
  );
  const isRenamed = dropped.some(({ isSpare }) => !isSpare);
  return {
    retry: {
      ...asked,
      traits: { without: [...asked.traits.without, ...dropped.map(({ name }) => name)] },
      outputTokens: isRenamed ? LONGER_ANSWER_TOKENS : asked.outputTokens,
    },
    afterMs: 0,
  };
}

/** The words in which engines, gateways and clouds say that they do not serve what was named. */
const UNKNOWN =
  /not.{0,3}found|not.{0,3}exist|unknown|no such|not (?:a )?(?:be )?(?:available|loaded|supported|served|valid)|\binvalid model|unsupported model|no models? (?:is )?loaded|unable to access|model_not_available/i;
const speaksOfModel = (text: string): boolean => /model|deployment/i.test(text) && UNKNOWN.test(text);
/** A complaint about fields may name the model that does not take them. */
const SPEAKS_OF_FIELDS =
  /_tokens|parameter:|unsupported (?:value|parameter)|unrecogni[sz]ed|extra (?:fields|inputs)/i;

const problem = (code: Problem["code"], title: string, detail: string): Problem => ({ code, title, detail });

const quote = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line === ""
    ? "(no text)"
    : `“${line.slice(0, QUOTE_LENGTH)}${line.length > QUOTE_LENGTH ? "…" : ""}”`;
};

const where = (url: URL): string => `${url.origin}${url.pathname.replace(/\/+$/, "")}`;

const unauthorized = (status: number, asked: Asked): Problem =>
  problem(
    "unauthorized",
    "The endpoint refuses the key",
    asked.credentials.length > 0
      ? `It answered ${status} to the job's ${asked.credentials.join(" and ")}. Check that the key is right, may use the model ${asked.model}, and goes into the right header (endpoint.apiKeyHeader, such as api-key).`
      : `It answered ${status}, and the job gives no key. Give one in endpoint.apiKey (the CLI reads the environment variable that --api-key-env names), a user name and password in endpoint.basic (--basic-env), or another header in endpoint.secretHeaders (--header-env).`,
  );

/** `text` is what it said, and `served` are the models that it lists. */
export const modelUnknown = (
  asked: Pick<Asked, "model" | "url">,
  text: string,
  served: string[] = [],
): Problem =>
  problem(
    "model_unknown",
    `The endpoint does not serve the model ${asked.model}`,
    served.length === 0
      ? `It says ${quote(text)}. Name a model that ${where(asked.url)}/models lists.`
      : `It says ${quote(text)} and serves: ${served.join(", ")}. Name one of these in endpoint.model.`,
  );

/** The ways in which a path can end as `a/b` does, the longest first: `/a/b` and `/b`. */
const endsOf = (path: string): string[] =>
  path.split("/").map((_, from, parts) => `/${parts.slice(from).join("/")}`);

function notFound(status: number, asked: Asked): Problem {
  const base = where(asked.url);
  const path = asked.url.pathname.replace(/\/+$/, "");
  const { words, path: own } = asked.dialect;
  const title = `There is no ${words.request} at ${base}/${own}`;
  const pasted = endsOf(own).find((end) => path.endsWith(end));
  if (pasted !== undefined) {
    const meant = `${asked.url.origin}${path.slice(0, -pasted.length)}`;
    return problem("not_found", title, `Give the base URL: did you mean ${meant}?`);
  }
  if (!/\/v\d+\w*(\/|$)/.test(path))
    return problem("not_found", title, `It answered ${status}; did you mean ${base}/v1?`);
  return problem(
    "not_found",
    title,
    `It answered ${status}. Check the path of endpoint.url: it is the part before /${own}.`,
  );
}

function problemOf(kind: ErrorKind | "ok" | "censored", text: string, asked: Asked): Problem {
  const { dialect } = asked;
  const { words } = dialect;
  const { host } = asked.url;
  switch (kind) {
    case "dns":
      return problem(
        "unreachable",
        `The host ${asked.url.hostname} does not resolve`,
        "Check its spelling, and that the load generator can resolve it.",
      );
    case "connect":
      return problem(
        "unreachable",
        `Nothing answers at ${host}`,
        `${quote(text)}. Check that the server runs, listens on this address and port, and can be reached from the load generator.`,
      );
    case "tls":
      return problem(
        "unreachable",
        `The TLS handshake with ${host} failed`,
        `${quote(text)}. If the server has no TLS, write endpoint.url with http://. If an authority of your own signed its TLS certificate, start the service with NODE_EXTRA_CA_CERTS=/path/ca.pem.`,
      );
    case "address_refused":
      return problem("address_refused", "The endpoint's address is refused", text);
    case "headers_timeout":
    case "idle_timeout":
    case "total_timeout":
    case "censored":
      return problem(
        "unreachable",
        `${host} accepts connections but did not answer in time`,
        "A short completion must come within seconds. Check that the model is loaded and that nobody else keeps the server busy.",
      );
    case "redirect_refused":
      return problem(
        "not_found",
        "The endpoint redirects to another address",
        `Redirects are not followed; give the address it leads to (${quote(text)}).`,
      );
    case "protocol":
      if (EVENTS_AS_ANOTHER.test(text))
        return problem(
          "not_streaming",
          "The endpoint streams events, but does not say so",
          `Its answer begins with ${quote(text)}. The content-type must be text/event-stream, or clients and proxies take the stream for something else: correct the server, or the proxy before it.`,
        );
      return dialect.isWhole(text)
        ? problem(
            "not_streaming",
            "The endpoint answers in one piece, not as a stream",
            "Latency of first and further tokens needs text/event-stream. Enable streaming in the server or in the proxy before it.",
          )
        : problem(
            "not_an_llm",
            `The endpoint is no ${words.server}`,
            `A ${words.request} was answered with ${quote(text)}. Check endpoint.url: it is the base URL, such as http://host:8000/v1.`,
          );
    case "truncated_stream":
      return problem(
        "not_streaming",
        `The stream ends without ${words.end}`,
        "Every request would count as cut off. Check the server's log and the time limits of a proxy before it.",
      );
    case "empty_stream":
      return problem(
        "not_an_llm",
        "The stream carries no output",
        `It ended with ${words.end} but had no ${words.outputs}.`,
      );
    case "stream_error":
      return problem(
        "endpoint_down",
        "The endpoint reports an error inside the stream",
        `${quote(text)}. Check the server's log.`,
      );
    case "http_429":
      return problem(
        "rate_limited",
        "The endpoint refuses requests with 429",
        "Its rate limit is reached before any load. Wait, raise the limit, or use another key.",
      );
    case "http_5xx":
      return problem(
        "endpoint_down",
        "The endpoint answers with server errors",
        `${quote(text)}. Check that its model is loaded and see the server's log.`,
      );
    case "line_too_long":
      return problem(
        "not_an_llm",
        "The endpoint sends a line that is too long for a stream event",
        `${quote(text)}. Check that endpoint.url leads to a ${words.server}, and that no proxy before it joins stream events.`,
      );
    default:
      return problem(
        "not_an_llm",
        "The endpoint's answer cannot be read as an LLM stream",
        `${kind}: ${quote(text)}. Check that endpoint.url leads to a ${words.server}, and no proxy before it changes the stream.`,
      );
  }
}

/** Stream events under another content type, as the text of the failure quotes them. */
const EVENTS_AS_ANOTHER = /^content-type: [^\n]*\n(?:data|event|id|retry)?:/;

/** The problem to report where no request is left. */
export const lastProblem = (end: RequestEnd, asked: Asked): Problem => {
  const kind = end.record.outcome;
  const text = end.record.errorText ?? "";
  if (kind !== "http_4xx") return problemOf(kind, text, asked);
  return problem(
    "not_an_llm",
    "The endpoint refuses every form of the request that was tried",
    `It answered ${end.record.status ?? 400}: ${quote(text)}.`,
  );
};
