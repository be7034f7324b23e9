import type { ChunkBlock } from "./block.ts";
import { listReader } from "./column-reader.ts";
import type { RequestRecord } from "./record.ts";

/** How much earlier than their times say a request's first, first visible and last output may have come, µs. */
export interface EarlierBounds {
  firstEarlierUs: number;
  firstVisibleEarlierUs: number;
  lastEarlierUs: number;
}

const EXACT: EarlierBounds = { firstEarlierUs: 0, firstVisibleEarlierUs: 0, lastEarlierUs: 0 };

/**
 * The bounds that follow from a record's merged chunks. A record does not say which chunk was the first
 * visible one. Of those with its time the largest bound counts.
 */
export function earlierBounds(
  { merged, sentMs, firstVisibleMs }: Pick<RequestRecord, "merged" | "sentMs" | "firstVisibleMs">,
  gapsUs: ArrayLike<number>,
  count = gapsUs.length,
): EarlierBounds {
  if (merged.length === 0) return EXACT;
  const earlierUs = earlierByChunk(merged, count);
  const visibleUs = firstVisibleMs === null ? Number.NaN : Math.round(firstVisibleMs * 1000);
  let atUs = Math.round(sentMs * 1000);
  let visible = 0;
  for (let i = 0; i < count; i++) {
    atUs += gapsUs[i] ?? 0;
    if (atUs === visibleUs) visible = Math.max(visible, earlierUs[i] ?? 0);
  }
  return {
    firstEarlierUs: earlierUs[0] ?? 0,
    firstVisibleEarlierUs: visible,
    lastEarlierUs: earlierUs[count - 1] ?? 0,
  };
}

/** The bound of each of `count` chunks, µs. It is 0 for a chunk that is not merged. */
export function earlierByChunk(merged: RequestRecord["merged"], count: number): Float64Array {
  const earlierUs = new Float64Array(count);
  for (const { chunk, earlierUs: bound } of merged) earlierUs[chunk] = bound;
  return earlierUs;
}

/** Gives the merged chunks of a block's records, one record after another. */
export function mergedReader(block: ChunkBlock): () => RequestRecord["merged"] {
  const chunks = listReader(block.column("merged.chunk"), "merged.chunk");
  const bounds = listReader(block.column("merged.earlierUs"), "merged.earlierUs");
  return () => {
    const count = chunks.next() ?? 0;
    if (bounds.next() !== count) throw new RangeError("the merged chunks of a record are damaged");
    return Array.from({ length: count }, (_, i) => ({
      chunk: chunks.values[i] ?? 0,
      earlierUs: bounds.values[i] ?? 0,
    }));
  };
}
