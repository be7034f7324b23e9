import type { RequestRecord } from "../record/record.ts";

/**
 * Latencies of one request. null: does not apply to it (it failed, or it showed nothing of the kind).
 * Infinity: it was cut before the value was known; it ranks above all that were seen (see `percentile`).
 */

/** first − sent, ms: time to the first output of any kind. A cut request that had begun to answer keeps its own. */
export const ttftMs = (record: RequestRecord): number | null => since(record, record.firstMs, record.sentMs);

/** first − due, ms: what a caller of an open loop waits, our own delay included. */
export const ttftFromDueMs = (record: RequestRecord): number | null => since(record, record.firstMs, record.dueMs);

/** first visible − sent, ms: time to the first output that is not reasoning. */
export const ttfoMs = (record: RequestRecord): number | null => since(record, record.firstVisibleMs, record.sentMs);

/** last − sent, ms. */
export const e2eMs = (record: RequestRecord): number | null => (record.outcome === "censored" ? Infinity : since(record, record.lastMs, record.sentMs));

/** sent − due, ms: the client's own delay. */
export const sendLagMs = (record: RequestRecord): number => record.sentMs - record.dueMs;

function since(record: RequestRecord, atMs: number | null, fromMs: number): number | null {
  if (record.outcome !== "ok" && record.outcome !== "censored") return null;
  if (atMs !== null) return atMs - fromMs;
  return record.outcome === "censored" ? Infinity : null;
}

/** Reasoning that was counted but never streamed: the first output was already visible. */
function hiddenReasoning(record: RequestRecord): number {
  const streamed = record.firstVisibleMs === null || record.firstVisibleMs !== record.firstMs;
  return streamed ? 0 : (record.tokens.reasoning ?? 0);
}

/** Output tokens that came through the stream, or null where the count is unknown. */
export const streamedTokens = (record: RequestRecord): number | null =>
  record.tokens.output === null ? null : Math.max(0, record.tokens.output - hiddenReasoning(record));

/**
 * Time per output token after the first chunk, ms: (last − first) ÷ (streamed tokens − tokens of the first chunk). The first chunk holds
 * what its own usage says, else one. Null where no more tokens came than that.
 */
export function tpotMs(record: RequestRecord): number | null {
  if (record.outcome === "censored") return Infinity;
  const tokens = streamedTokens(record);
  if (record.outcome !== "ok" || record.firstMs === null || record.lastMs === null || tokens === null) return null;
  const later = tokens - (record.chunkTokens?.[0] ?? 1);
  return later > 0 ? (record.lastMs - record.firstMs) / later : null;
}

/** 1000 ÷ TPOT, tokens/s: how fast one user reads. */
export function userSpeedTokensPerS(record: RequestRecord): number | null {
  const perToken = record.outcome === "ok" ? tpotMs(record) : null;
  return perToken === null || perToken === 0 ? null : 1000 / perToken;
}

/** Output tokens ÷ E2E, tokens/s. */
export function perRequestTokensPerS(record: RequestRecord): number | null {
  const latency = record.outcome === "ok" ? e2eMs(record) : null;
  return latency === null || latency === 0 || record.tokens.output === null ? null : (1000 * record.tokens.output) / latency;
}
