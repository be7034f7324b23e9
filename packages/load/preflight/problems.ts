import type { Dialect } from "@brimline/core/dialect/dialect";
import { errorIn, jsonOf } from "@brimline/core/dialect/json";
import { DIALECTS } from "@brimline/core/dialect/dialects";
import type { Problem } from "@brimline/core/job/state/problem";
import type { RequestEnd } from "../request/request.ts";
import { ANSWERS_HTTP2 } from "../transport/head.ts";
import { onlyHttp2 } from "./http2.ts";
import { isVersioned } from "./other-api.ts";
import { tlsProblem } from "./tls-problem.ts";
import { isNotUp } from "./up.ts";
import type { Asked } from "./asked.ts";

/** What preflight saw of an endpoint that it rejects, in the endpoint's own words, and what to do about it. */

const QUOTE_LENGTH = 300;

const problem = (code: Problem["code"], title: string, detail: string): Problem => ({ code, title, detail });

/** A text in one line, and cut. */
function lineOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}

/** Of an error in JSON the message alone, which is what a person wrote for people. */
const quote = (text: string): string =>
  text.trim() === "" ? "(no text)" : `“${lineOf(errorIn([jsonOf(text)], text, "") ?? text)}”`;

/** What became of a request that failed, in one line: "503: Loading model". */
export const saidBy = ({ record: { status, errorText } }: RequestEnd): string =>
  [status, lineOf(errorText ?? "")].filter((part) => part !== null && part !== "").join(": ");

const where = (url: URL): string => `${url.origin}${url.pathname.replace(/\/+$/, "")}`;

/** What to do about an endpoint that may come up yet, or what was done. */
const patience = ({ waitS }: Asked): string =>
  waitS > 0
    ? `It was not up after ${waitS} s of waiting (--wait, waitS in a job).`
    : "If it is still starting, --wait 10m waits for it (waitS in a job).";

export function unauthorized(status: number, text: string, { credentials }: Asked): Problem {
  const header = credentials.includes("endpoint.apiKey")
    ? ", and that the key goes into the right header (endpoint.apiKeyHeader, such as api-key)"
    : "";
  return problem(
    "unauthorized",
    credentials.length > 0 ? "The endpoint refuses the job's credentials" : "The endpoint wants a key",
    credentials.length > 0
      ? `It answered ${status} to the job's ${credentials.join(" and ")}: ${quote(text)}. Check that this is right and may use the model${header}.`
      : `It answered ${status}: ${quote(text)}, and the job gives no key. Give one in endpoint.apiKey (the CLI reads the environment variable that --api-key-env names), a user name and password in endpoint.basic (--basic-env), or another header in endpoint.secretHeaders (--header-env).`,
  );
}

export const refused = (status: number, text: string, asked: Asked): Problem =>
  problem(
    "not_an_llm",
    `The endpoint refuses a ${asked.dialect.words.request}`,
    `It answered ${status}: ${quote(text)}. Correct the job or the endpoint.`,
  );

export const imagesRefused = ({ record: { status } }: RequestEnd, text: string): Problem =>
  problem(
    "not_an_llm",
    "The endpoint refuses the images",
    `It answered ${status}: ${quote(text)}. Name a model that takes images, ask fewer or smaller ones (workload.images, --images), or leave them out.`,
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
      : `It says ${quote(text)} and serves: ${served.join(", ")}. Name one of these (endpoint.model, --model).`,
  );

/** The ways in which a path can end as `a/b` does, the longest first: `/a/b` and `/b`. */
const endsOf = (path: string): string[] =>
  path.split("/").map((_, from, parts) => `/${parts.slice(from).join("/")}`);

export function notFound(status: number, text: string, asked: Asked): Problem {
  const base = where(asked.url);
  const path = asked.url.pathname.replace(/\/+$/, "");
  const { words, path: own } = asked.dialect;
  const title = `There is no ${words.request} at ${base}/${own}`;
  const answered = `It answered ${status}: ${quote(text)}`;
  if (asked.triedApis.length > 0) {
    const paths = [...asked.triedApis, asked.api].map((api) => `/${DIALECTS[api].path}`);
    return problem(
      "not_found",
      `There is no known kind of endpoint at ${base}`,
      `It does not serve ${paths.join(", ")}. ${answered}. Check the path of endpoint.url: it is the part before these.`,
    );
  }
  const pasted = endsOf(own).find((end) => path.endsWith(end));
  if (pasted !== undefined) {
    const meant = `${asked.url.origin}${path.slice(0, -pasted.length)}`;
    return problem("not_found", title, `${answered}. Give the base URL: did you mean ${meant}?`);
  }
  if (!isVersioned(asked.url)) return problem("not_found", title, `${answered}; did you mean ${base}/v1?`);
  return problem(
    "not_found",
    title,
    `${answered}. Check the path of endpoint.url: it is the part before /${own}.`,
  );
}

/** The status of a server that does not take HTTP/1.1. */
const VERSION_NOT_SUPPORTED = 505;

/** The problem of a request that failed, where no other can be tried. */
export function problemOf(end: RequestEnd, asked: Asked): Problem {
  const { outcome: kind, status, gapsUs, finishReason } = end.record;
  const text = end.record.errorText ?? "";
  const { dialect, url } = asked;
  const { words } = dialect;
  const { host } = url;
  const answered = `It answered ${status}: ${quote(text)}`;
  switch (kind) {
    case "dns":
      return problem(
        "unreachable",
        `The host ${url.hostname} does not resolve`,
        `Check its spelling, and that the load generator can resolve it. ${patience(asked)}`,
      );
    case "connect":
      return end.connected
        ? problem(
            "unreachable",
            `${host} closes connections before it answers`,
            `${quote(text)}. Check the server's log, and ${url.protocol === "https:" ? "whether it wants a client certificate, or another one (--cert, endpoint.tls)" : "that endpoint.url begins with https:// if the server wants TLS"}. ${patience(asked)}`,
          )
        : problem(
            "unreachable",
            `Nothing answers at ${host}`,
            `${quote(text)}. Check that the server runs, listens on this address and port, and can be reached from the load generator. ${patience(asked)}`,
          );
    case "tls":
      return tlsProblem(host, quote(text));
    case "address_refused":
      return problem("address_refused", "The endpoint's address is refused", text);
    case "headers_timeout":
    case "idle_timeout":
    case "total_timeout":
      return timedOut(end, LIMIT_OF[kind], asked);
    case "redirect_refused":
      return problem(
        "not_found",
        "The endpoint redirects to another address",
        `Redirects are not followed; give the address it leads to (${quote(text)}).`,
      );
    case "protocol":
      if (text === ANSWERS_HTTP2) return onlyHttp2(host, `It answers a request with a frame of HTTP/2.`);
      if (EVENTS_AS_ANOTHER.test(text))
        return problem(
          "not_streaming",
          "The endpoint streams events, but does not say so",
          `Its answer begins with ${quote(text)}. The content-type must be text/event-stream, or clients and proxies take the stream for something else: correct the server, or the proxy before it.`,
        );
      if (dialect.isWhole(text)) return IN_ONE_PIECE;
      return errorInBody(text, dialect) === null
        ? problem(
            "not_an_llm",
            `The endpoint is no ${words.server}`,
            `A ${words.request} was answered with ${quote(text)}. Check endpoint.url: it is the base URL, such as http://host:8000/v1.`,
          )
        : problem(
            "endpoint_down",
            `The endpoint answers ${status} with an error in place of a stream`,
            `${quote(text)}. Check the server's log, and that a proxy before it keeps the status of an error.`,
          );
    case "truncated_stream":
      if (dialect.isWhole(text)) return IN_ONE_PIECE;
      return problem(
        "not_streaming",
        `The stream ends without ${words.end}`,
        `${quote(text)}, after ${outputs(gapsUs.length)}. Every request would count as cut off. Check the server's log and the time limits of a proxy before it.`,
      );
    case "empty_stream":
      if (endedAtOnce(end)) return endsAtOnce(end, asked);
      return problem(
        "not_an_llm",
        "The stream carries no output",
        `It ended ${end.saidEnd ? `with ${words.end}` : "cleanly"}${finishReason === null ? "" : ` and the finish reason ${finishReason}`}, but had no ${words.outputs}: ${quote(text)}.${
          finishReason === "length"
            ? ` All ${asked.outputTokens + (asked.traits.roomTokens ?? 0)} tokens of the answer went where they are not seen: if the model reasons unseen, let it reason less (endpoint.body, such as {"reasoning_effort": "low"}).`
            : ""
        }`,
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
        `${answered}${askedAgain(end)}. Its rate limit is reached before any load. Wait, raise the limit, or use another key.`,
      );
    case "http_4xx":
      return problem(
        "not_an_llm",
        "The endpoint refuses every form of the request that was tried",
        `${answered}.`,
      );
    case "http_5xx":
      if (status === VERSION_NOT_SUPPORTED) return onlyHttp2(host, `${answered}.`);
      return problem(
        "endpoint_down",
        "The endpoint answers with server errors",
        `${answered}${askedAgain(end)}. Check that its model is loaded and see the server's log.${isNotUp(end) ? ` ${patience(asked)}` : ""}`,
      );
    case "unexpected_encoding":
      return problem(
        "not_streaming",
        "The endpoint compresses its answers",
        `It answered with ${quote(text)}, though requests ask for none of it (accept-encoding: identity). What is compressed holds tokens back: turn compression off in the server, or in the proxy before it.`,
      );
    case "line_too_long":
      return problem(
        "not_an_llm",
        "The endpoint sends a line that is too long for a stream event",
        `${quote(text)}. No ${words.server} does that: check endpoint.url, and whether a proxy before it joins stream events.`,
      );
    default:
      return problem(
        "not_an_llm",
        "The endpoint's answer cannot be read as an LLM stream",
        `${kind}: ${quote(text)}. No ${words.server} answers so: check endpoint.url, and whether a proxy before it changes the stream.`,
      );
  }
}

/** The job's limit that a time-out broke. */
const LIMIT_OF = { headers_timeout: "headersMs", idle_timeout: "idleMs", total_timeout: "totalMs" };

function timedOut({ record }: RequestEnd, limit: string, asked: Asked): Problem {
  const { host } = asked.url;
  // With a wait, the first answer has as long as the wait lasts.
  const named = asked.waitS > 0 ? "" : ` (limits.timeouts.${limit})`;
  const seen = `${quote(record.errorText ?? "")}${named}`;
  const check = "Check the server's log, and that nobody else keeps it busy";
  return record.firstByteMs === null
    ? problem(
        "unreachable",
        `${host} accepts connections but did not answer in time`,
        `${seen}. ${check}. ${patience(asked)}`,
      )
    : problem(
        "unreachable",
        `${host} began to answer but did not end in time`,
        `${seen}, after ${outputs(record.gapsUs.length)}. ${check}, or raise the limit.`,
      );
}

/** Some engines count the token that ends an answer. */
const END_TOKENS = 2;

/** Whether the model itself ended the answer before any output. */
export const endedAtOnce = ({ record: { outcome, finishReason, tokens } }: RequestEnd): boolean =>
  outcome === "empty_stream" &&
  finishReason !== null &&
  finishReason !== "length" &&
  (tokens.output ?? 0) <= END_TOKENS;

function endsAtOnce({ record }: RequestEnd, { dialect, hasEndedAtOnce }: Asked): Problem {
  const { output } = record.tokens;
  const counted = output === null ? "" : ` and ${output} output ${output === 1 ? "token" : "tokens"}`;
  return problem(
    "not_an_llm",
    "The model ends its answer at once",
    `Its stream is whole, with the finish reason ${record.finishReason}${counted}, but had no ${dialect.words.outputs}${hasEndedAtOnce ? ", for each of two prompts" : ""}. Check the model's chat template and its stop words, or let it choose more freely (workload.temperature, --temperature 1).`,
  );
}

const IN_ONE_PIECE = problem(
  "not_streaming",
  "The endpoint answers in one piece, not as a stream",
  "Latency of first and further tokens needs text/event-stream. Enable streaming in the server or in the proxy before it.",
);

/** The error that an answer is which was to be a stream, as the text of the failure quotes it below its type. */
export const errorInBody = (text: string, dialect: Dialect): string | null =>
  dialect.read(text.slice(text.indexOf("\n") + 1), "")?.error ?? null;

/** Stream events under another content type, as the text of the failure quotes them. */
const EVENTS_AS_ANOTHER = /^content-type: [^\n]*\n(?:data|event|id|retry)?:/;

const outputs = (chunks: number): string => `${chunks} output ${chunks === 1 ? "chunk" : "chunks"}`;

/** When the endpoint wants to be asked again, if it said so. */
const askedAgain = ({ retryAfterMs }: RequestEnd): string =>
  retryAfterMs === null ? "" : `, and asks to come again after ${retryAfterMs / 1000} s`;
