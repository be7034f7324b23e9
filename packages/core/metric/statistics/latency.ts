import type { RequestRow } from "../../record/columns/table.ts";

/** What the latencies of a request follow from. */
export type TimedRequest = Pick<
  RequestRow,
  | "outcome"
  | "dueMs"
  | "sentMs"
  | "firstMs"
  | "firstVisibleMs"
  | "lastMs"
  | "firstEarlierUs"
  | "lastEarlierUs"
  | "tokens"
  | "firstChunkTokens"
>;

/**
 * The latencies of one request. Null means that one does not apply to it: it failed, or it showed nothing of
 * the kind. Infinity means that it was cut before the value was known; it ranks above all values that were
 * seen (see `percentile`).
 */

/**
 * first − sent, ms: the time to the first output of any kind. A cut request that had begun to answer keeps
 * its own.
 */
export const ttftMs = (request: TimedRequest): number | null =>
  since(request, request.firstMs, request.sentMs);

/** first − due, ms: how long a caller of an open loop waits, our own delay included. */
export const ttftFromDueMs = (request: TimedRequest): number | null =>
  since(request, request.firstMs, request.dueMs);

/** first visible − sent, ms: the time to the first output that is not reasoning. */
export const ttfoMs = (request: TimedRequest): number | null =>
  since(request, request.firstVisibleMs, request.sentMs);

/** last − sent, ms. */
export const e2eMs = (request: TimedRequest): number | null =>
  request.outcome === "censored" ? Infinity : since(request, request.lastMs, request.sentMs);

/** sent − due, ms: the client's own delay. */
export const sendLagMs = (request: TimedRequest): number => request.sentMs - request.dueMs;

/** The end of the answer's body − done, ms. Where we cut the connection, it is the time until then. */
export const closeLagMs = ({
  outcome,
  closeLagMs: lagMs,
}: Pick<RequestRow, "outcome" | "closeLagMs">): number | null => (outcome === "ok" ? lagMs : null);

/** An endpoint whose answers end later than so many ms after they are done holds its connections open. */
const HELD_MS = 50;

/** Whether the connection of an answer that was done was held open. */
export const isHeldOpen = (request: Pick<RequestRow, "outcome" | "closeLagMs">): boolean =>
  (closeLagMs(request) ?? 0) > HELD_MS;

function since(request: TimedRequest, atMs: number | null, fromMs: number): number | null {
  if (request.outcome !== "ok" && request.outcome !== "censored") return null;
  if (atMs !== null) return atMs - fromMs;
  return request.outcome === "censored" ? Infinity : null;
}

/**
 * The reasoning tokens that were counted but never streamed. There are some if the first output was already
 * visible.
 */
function hiddenReasoning(request: TimedRequest): number {
  const streamed = request.firstVisibleMs === null || request.firstVisibleMs !== request.firstMs;
  return streamed ? 0 : (request.tokens.reasoning ?? 0);
}

/** The output tokens that came through the stream, or null if their count is unknown. */
export const streamedTokens = (request: TimedRequest): number | null =>
  request.tokens.output === null ? null : Math.max(0, request.tokens.output - hiddenReasoning(request));

/**
 * The streamed tokens without those of the first chunk, which holds as many as its own usage says, or one without
 * usage. It is null if their count is unknown.
 */
function tokensAfterFirst(request: TimedRequest): number | null {
  const tokens = streamedTokens(request);
  return tokens === null ? null : tokens - (request.firstChunkTokens ?? 1);
}

/**
 * Whether several tokens of an answer came in one arrival. Such an answer shows no time between tokens: a server
 * that writes it in one piece, or a proxy that holds the stream back until its end, makes it. A late read of the
 * load generator makes it too, and is not meant.
 */
export const isOneArrival = (request: TimedRequest): boolean =>
  request.outcome === "ok" &&
  request.firstMs !== null &&
  request.firstMs === request.lastMs &&
  request.firstEarlierUs === 0 &&
  request.lastEarlierUs === 0 &&
  (streamedTokens(request) ?? 0) > 1;

/**
 * The time per output token after the first chunk, ms: (last − first) ÷ tokens after the first chunk. It is null
 * if there are none, and if all came in one arrival.
 */
export function tpotMs(request: TimedRequest): number | null {
  if (request.outcome === "censored") return Infinity;
  const { outcome, firstMs, lastMs } = request;
  const later = tokensAfterFirst(request);
  if (outcome !== "ok" || firstMs === null || lastMs === null || later === null) return null;
  return later > 0 && !isOneArrival(request) ? (lastMs - firstMs) / later : null;
}

/** 1000 ÷ TPOT, tokens/s: how fast one user reads. */
export function userSpeedTokensPerS(request: TimedRequest): number | null {
  const perToken = request.outcome === "ok" ? tpotMs(request) : null;
  return perToken === null || perToken === 0 ? null : 1000 / perToken;
}

/** Output tokens ÷ E2E, tokens/s. */
export function perRequestTokensPerS(request: TimedRequest): number | null {
  const latency = request.outcome === "ok" ? e2eMs(request) : null;
  return latency === null || latency === 0 || request.tokens.output === null
    ? null
    : (1000 * request.tokens.output) / latency;
}
