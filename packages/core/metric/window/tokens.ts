import type { Chunks, RecordTable, RequestRow } from "../../record/columns/table.ts";
import { createNumbers } from "../statistics/numbers.ts";
import { medianOfSorted } from "../statistics/quantile.ts";

/**
 * The median output tokens per chunk over the ok requests with a count that does not itself rest on chunks.
 * It is 1 without such a request.
 */
export function tokensPerChunk(records: RecordTable): number {
  const ratios = createNumbers(records.length);
  for (const { outcome, tokens, chunks } of records.rows())
    if (outcome === "ok" && tokens.source !== "chunks" && tokens.output !== null && chunks > 0)
      ratios.push(tokens.output / chunks);
  return medianOfSorted(ratios.sorted()) ?? 1;
}

/**
 * The output tokens of a request as they were counted. For a cut one without usage, and where nothing counts
 * them, they are its chunks × `perChunk` (estimated).
 */
export function outputTokensOf(
  { tokens, chunks }: RequestRow,
  perChunk: number,
): { tokens: number; estimated: boolean } {
  const counted = tokens.source !== "chunks" && tokens.output !== null;
  if (counted) return { tokens: tokens.output ?? 0, estimated: false };
  return { tokens: chunks * perChunk, estimated: true };
}

/**
 * Places a request's output tokens in time: over its chunks by their own usage if every chunk has one, in
 * equal parts if not. It gives the tokens of chunks `from` … `to` − 1; those of all chunks add up to
 * `tokens`.
 */
export function placedTokens(chunks: Chunks, tokens: number): (from: number, to: number) => number {
  const weights = chunks.tokens;
  const total = weights === null ? 0 : sumOf(weights, 0, chunks.count);
  if (weights === null || total === 0) return (from, to) => (tokens * (to - from)) / chunks.count;
  return (from, to) => (tokens * sumOf(weights, from, to)) / total;
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] ?? 0;
  return sum;
}
