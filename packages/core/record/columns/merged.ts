import type { ChunkBlock } from "./block.ts";
import { hasValues, type ListReader, listReader } from "./column-reader.ts";
import type { RequestRecord } from "../record.ts";

/** How much earlier than their times say a request's first, first visible and last output may have come, µs. */
export interface EarlierBounds {
  firstEarlierUs: number;
  firstVisibleEarlierUs: number;
  lastEarlierUs: number;
}

/**
 * The bounds that follow from those of a record's single chunks. A record does not say which chunk was the
 * first visible one. Of those with its time the largest bound counts.
 */
export function earlierBounds(
  { sentMs, firstVisibleMs }: { sentMs: number; firstVisibleMs: number | null },
  { gapsUs, earlierUs, count }: { gapsUs: ArrayLike<number>; earlierUs: ArrayLike<number>; count: number },
): EarlierBounds {
  const visibleUs = firstVisibleMs === null ? Number.NaN : Math.round(firstVisibleMs * 1000);
  let atUs = Math.round(sentMs * 1000);
  let visible = 0;
  for (let i = 0; i < count && !(atUs > visibleUs); i++) {
    atUs += gapsUs[i] ?? 0;
    if (atUs === visibleUs) visible = Math.max(visible, earlierUs[i] ?? 0);
  }
  return {
    firstEarlierUs: earlierUs[0] ?? 0,
    firstVisibleEarlierUs: visible,
    lastEarlierUs: earlierUs[count - 1] ?? 0,
  };
}

/** Marks so many more chunks as merged, from `chunk` on. Those of one read have one bound, and lie together. */
export function addMerged(
  merged: RequestRecord["merged"],
  chunk: number,
  chunks: number,
  earlierUs: number,
): void {
  const last = merged.at(-1);
  if (last !== undefined && last.earlierUs === earlierUs && last.chunk + last.chunks === chunk)
    last.chunks += chunks;
  else merged.push({ chunk, chunks, earlierUs });
}

/** How many chunks of a record are merged. */
export const mergedChunks = (merged: RequestRecord["merged"]): number =>
  merged.reduce((sum, { chunks }) => sum + chunks, 0);

/** The bound of each of `count` chunks, µs. It is 0 for a chunk that is not merged. */
export function earlierByChunk(merged: RequestRecord["merged"], count: number): Float64Array {
  const earlierUs = new Float64Array(count);
  for (const { chunk, chunks, earlierUs: bound } of merged) earlierUs.fill(bound, chunk, chunk + chunks);
  return earlierUs;
}

/** Gives the merged chunks of a block's records, one record after another. */
export function mergedReader(block: ChunkBlock): () => RequestRecord["merged"] {
  const lists = listsOf(block);
  return () => {
    const merged: RequestRecord["merged"] = [];
    const count = nextOf(lists);
    for (let i = 0; i < count; i++)
      addMerged(merged, lists.chunks.values[i] ?? 0, 1, lists.bounds.values[i] ?? 0);
    return merged;
  };
}

/** Reads the bounds of single chunks, one record after another. */
export interface EarlierReader {
  /** As `earlierByChunk` gives them, though longer. The next record overwrites them. */
  earlierUs: Float64Array;
  /** Goes to the next record, which has `count` chunks. It is false if none of them is merged. */
  next(count: number): boolean;
}

/** It is null where no record of the block has a merged chunk. */
export function earlierReader(block: ChunkBlock): EarlierReader | null {
  if (!hasValues(block.column("merged.chunk"), "merged.chunk")) return null;
  const lists = listsOf(block);
  const reader: EarlierReader = {
    earlierUs: new Float64Array(0),
    next(count) {
      const merged = nextOf(lists);
      if (merged === 0) return false;
      if (count > reader.earlierUs.length) reader.earlierUs = new Float64Array(2 * count);
      reader.earlierUs.fill(0, 0, count);
      for (let i = 0; i < merged; i++)
        reader.earlierUs[lists.chunks.values[i] ?? 0] = lists.bounds.values[i] ?? 0;
      return true;
    },
  };
  return reader;
}

interface MergedLists {
  chunks: ListReader;
  bounds: ListReader;
}

const listsOf = (block: ChunkBlock): MergedLists => ({
  chunks: listReader(block.column("merged.chunk"), "merged.chunk"),
  bounds: listReader(block.column("merged.earlierUs"), "merged.earlierUs"),
});

/** The number of the next record's merged chunks. */
function nextOf({ chunks, bounds }: MergedLists): number {
  const count = chunks.next() ?? 0;
  if (bounds.next() !== count) throw new RangeError("the merged chunks of a record are damaged");
  return count;
}
