import type { Option } from "@brimline/core/dialect/dialect";
import type { Api } from "@brimline/core/dialect/dialects";
import type { Problem } from "@brimline/core/job/state/problem";
import type { RequestEnd } from "../request/request.ts";
import { type Asked, ROOM_TOKENS } from "./asked.ts";
import { otherApi } from "./other-api.ts";
import {
  endedAtOnce,
  errorInBody,
  imagesRefused,
  modelUnknown,
  notFound,
  problemOf,
  refused,
  unauthorized,
} from "./problems.ts";
import { tlsDemand } from "./tls-problem.ts";
import { speaksOfFields, speaksOfModel } from "./wordings.ts";

/**
 * What a failed preflight request means: to give up with a problem, or to ask again, perhaps otherwise or as another
 * kind of endpoint.
 */
export type Verdict = { problem: Problem } | { retry: Asked; afterMs: number } | { api: Api };

/** An endpoint that asks for more patience than this is not asked again. */
const RETRY_LONGEST_MS = 60_000;
const RETRY_USUAL_MS = 1000;
const RETRY_SOON_MS = 300;

/** Judges one request that failed, after which as many are `left`. It is pure. */
export function judgeFailure(end: RequestEnd, asked: Asked, left: number): Verdict {
  const kind = end.record.outcome;
  const text = end.record.errorText ?? "";
  const api = otherApi(end.record.status, text, asked);
  if (api !== null) return { api };
  // Some servers fail over a field that they do not know, and some gateways answer 200 to all that fails.
  const isError = kind === "http_5xx" || (kind === "protocol" && errorInBody(text, asked.dialect) !== null);
  if (asked.hasImages && (isError || kind === "http_4xx") && blamesImages(end, text))
    return { problem: imagesRefused(end, text) };
  if (kind === "http_4xx") return judgeRefusal(end, text, asked, left);
  if (isError && blamedBy(text, asked).length > 0) return retryWithout(text, asked, left);
  if (kind === "protocol" && isError && speaksOfModel(text, asked))
    return { problem: modelUnknown(asked, text) };
  if (kind === "http_5xx" || kind === "http_429") {
    const afterMs = end.retryAfterMs ?? RETRY_USUAL_MS;
    return afterMs > RETRY_LONGEST_MS ? { problem: problemOf(end, asked) } : { retry: asked, afterMs };
  }
  if (
    kind === "empty_stream" &&
    end.record.finishReason === "length" &&
    asked.traits.roomTokens === undefined
  ) {
    const traits = { ...asked.traits, roomTokens: ROOM_TOKENS };
    return { retry: { ...asked, traits, thinksUnseen: true }, afterMs: 0 };
  }
  if (endedAtOnce(end) && !asked.hasEndedAtOnce)
    return { retry: { ...asked, hasEndedAtOnce: true }, afterMs: 0 };
  if (kind === "stream_error" && speaksOfModel(text, asked)) return { problem: modelUnknown(asked, text) };
  const isLost =
    (kind === "connect" && end.connected) || kind === "truncated_stream" || kind === "stream_error";
  if (isLost && !asked.wasUnlucky) return { retry: { ...asked, wasUnlucky: true }, afterMs: RETRY_SOON_MS };
  return { problem: problemOf(end, asked) };
}

/** Servers name them when their model takes none, and a proxy finds the request too large. */
const blamesImages = ({ record: { status } }: RequestEnd, text: string): boolean =>
  status === 413 || /image|multi-?modal|vision|mmproj/i.test(text);

function judgeRefusal(end: RequestEnd, text: string, asked: Asked, left: number): Verdict {
  const status = end.record.status ?? 400;
  const demand = tlsDemand(asked.url.host, text);
  if (demand !== null) return { problem: demand };
  if (status === 401 || status === 403) return { problem: unauthorized(status, text, asked) };
  const isModel = speaksOfModel(text, asked) && blamedBy(text, asked).length === 0 && !speaksOfFields(text);
  if (
    (status === 400 || status === 422) &&
    !isModel &&
    optionsLeft(asked).some(({ isSpare, isBlamed }) => isSpare || isBlamed(text))
  )
    return retryWithout(text, asked, left);
  if (speaksOfModel(text, asked)) return { problem: modelUnknown(asked, text) };
  if (status === 404 || status === 405) return { problem: notFound(status, text, asked) };
  return { problem: refused(status, text, asked) };
}

const optionsLeft = ({ dialect, traits }: Asked): Option[] =>
  dialect.options.filter(({ name }) => !traits.without.includes(name));

const blamedBy = (text: string, asked: Asked): Option[] =>
  optionsLeft(asked).filter(({ isBlamed }) => isBlamed(text));

/**
 * Asks again without the options that the endpoint complains about. If it names none of them, all spare ones are
 * left out; so are they in the last request, if it is the second complaint: there may be a third. A model that
 * wants its length named otherwise may reason unseen, and gets room for it.
 */
function retryWithout(text: string, asked: Asked, left: number): Verdict {
  const blamed = blamedBy(text, asked);
  const isLast = left === 1 && asked.traits.without.length > 0;
  const refused = new Set([...asked.traits.without, ...blamed.map(({ name }) => name)]);
  const has = (name: string | undefined): boolean => name !== undefined && refused.has(name);
  const dropped = optionsLeft(asked).filter(
    (option) =>
      blamed.includes(option) ||
      has(option.refusedWith) ||
      (option.isSpare && (blamed.length === 0 || (isLast && !has(option.takenWithout)))),
  );
  const isRenamed = dropped.some(({ isSpare }) => !isSpare);
  return {
    retry: {
      ...asked,
      traits: {
        ...asked.traits,
        without: [...asked.traits.without, ...dropped.map(({ name }) => name)],
        ...(isRenamed && { roomTokens: ROOM_TOKENS }),
      },
    },
    afterMs: 0,
  };
}
