import { FIELD_NAMES, type FieldName, FIELDS } from "./fields.ts";
import { createColumnWriter, type Column } from "./column-writer.ts";
import type { RequestRecord } from "../record.ts";

/**
 * A block is full with this many records or this many gaps, whichever comes first (1.6 MB before it is packed). The
 * larger it is, the better it packs; the smaller, the less a file loses that was cut.
 */
const RECORDS = 4000;
const GAPS = 400_000;

/** A block of records, column by column. */
export interface RecordBlock {
  rows: number;
  /** The bytes of a column (`Column`), which may be unpacked only now. */
  column(name: FieldName): Uint8Array;
}

/** The columns with a value for each chunk. They are unpacked a second time, for the figures about chunks. */
export const CHUNK_FIELDS = [
  "gapsUs",
  "merged.chunk",
  "merged.earlierUs",
  "chunkTokens",
] as const satisfies FieldName[];
export type ChunkFieldName = (typeof CHUNK_FIELDS)[number];

/** What is kept of a block for `eachChunks`. */
export interface ChunkBlock {
  rows: number;
  column(name: ChunkFieldName): Uint8Array;
}

/** A block that was written, its columns in the order of `FIELD_NAMES`. */
export interface Block {
  rows: number;
  columns: Column[];
}

/** Collects records in columns. */
export function createBlockWriter(): {
  /** It throws RangeError where a record holds a number that its column cannot. */
  add(record: RequestRecord): void;
  rows(): number;
  isFull(): boolean;
  /** Gives the block, and begins the next. */
  take(): Block;
} {
  const writers = FIELD_NAMES.map((name) => createColumnWriter(FIELDS[name]));
  let rows = 0;
  let gaps = 0;
  return {
    add(record) {
      for (const writer of writers) writer.add(record);
      rows++;
      gaps += record.gapsUs.length;
    },
    rows: () => rows,
    isFull: () => rows >= RECORDS || gaps >= GAPS,
    take() {
      const block = { rows, columns: writers.map((writer) => writer.take()) };
      rows = 0;
      gaps = 0;
      return block;
    },
  };
}
