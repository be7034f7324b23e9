import type { ErrorKind } from "../codes.ts";
import type { RequestRecord } from "./record.ts";

/** A request without its single chunks: what all figures but those of chunks are made of. */
export type RequestRow = Readonly<
  Pick<
    RequestRecord,
    | "index"
    | "user"
    | "dueMs"
    | "sentMs"
    | "firstMs"
    | "firstVisibleMs"
    | "lastMs"
    | "doneMs"
    | "outcome"
    | "tokens"
    | "usageInvalid"
  > & {
    /** When it left the endpoint: done, or cut at the end of its shard's drain; Infinity where it was cut and that is not known. */
    leftMs: number;
    chunks: number;
    /** Where usage comes per chunk. */
    firstChunkTokens: number | null;
  }
>;

/** The chunks of one request. Lists are overwritten by the next request and longer than `count`. */
export interface Chunks {
  count: number;
  /** As in the record: the first from `sent`. */
  gapsUs: Float64Array;
  /** When each arrived; never before the one before it. */
  atMs: Float64Array;
  /** Only where usage comes per chunk. */
  tokens: Float64Array | null;
}

/** A failure that can be shown. */
export type Failure = Pick<RequestRecord, "index" | "dueMs" | "status"> & { kind: ErrorKind; text: string };

/**
 * The records of one shard, read once and kept as columns of numbers (72 to 80 bytes a request), and their chunks in a store of their
 * own. Rows come in the order of the file; one row object stands for all, so it must not be kept.
 */
export interface RecordTable {
  length: number;
  failures: Failure[];
  /** Times move by `shiftMs`. `drainEndMs`, before that move: when the shard cut what was still open. */
  rows(shiftMs?: number, drainEndMs?: number): Iterable<RequestRow>;
  /** Every row with its chunks, the whole file once. */
  eachChunks(visit: (row: RequestRow, chunks: Chunks) => void, shiftMs?: number, drainEndMs?: number): void;
}

/** How many rows there are. */
export const countOf = (rows: Iterable<RequestRow>): number =>
  Iterator.from(rows).reduce((count) => count + 1, 0);

export const okRows = (table: RecordTable): Iterable<RequestRow> =>
  chosen(table.rows(), (row) => row.outcome === "ok");

/** The rows that a condition holds for. As a generator, but several times as fast, as are its neighbours. */
export function chosen(
  rows: Iterable<RequestRow>,
  holds: (row: RequestRow) => boolean,
): Iterable<RequestRow> {
  return {
    [Symbol.iterator]() {
      const all = rows[Symbol.iterator]();
      return {
        next() {
          let step = all.next();
          while (step.done !== true && !holds(step.value)) step = all.next();
          return step;
        },
      };
    },
  };
}

function chained(parts: (() => Iterable<RequestRow>)[]): Iterable<RequestRow> {
  return {
    [Symbol.iterator]() {
      const rest = parts.values();
      let rows: Iterator<RequestRow> = [].values();
      return {
        next() {
          for (;;) {
            const step = rows.next();
            if (step.done !== true) return step;
            const part = rest.next();
            if (part.done === true) return step;
            rows = part.value()[Symbol.iterator]();
          }
        },
      };
    },
  };
}

/** The table of one shard, how far its times are from a common clock, and when it cut what was still open, by its own. */
export interface TablePart {
  table: RecordTable;
  shiftMs: number;
  drainEndMs?: number;
}

/** The tables of several shards as one, each moved onto the common clock. */
export function joinedTable(parts: TablePart[]): RecordTable {
  return {
    length: parts.reduce((sum, { table }) => sum + table.length, 0),
    failures: parts.flatMap(({ table, shiftMs }) =>
      table.failures.map((failure) => ({ ...failure, dueMs: failure.dueMs + shiftMs })),
    ),
    rows: (laterMs = 0) =>
      chained(
        parts.map(
          ({ table, shiftMs, drainEndMs }) =>
            () =>
              table.rows(shiftMs + laterMs, drainEndMs),
        ),
      ),
    eachChunks(visit, laterMs = 0) {
      for (const { table, shiftMs, drainEndMs } of parts)
        table.eachChunks(visit, shiftMs + laterMs, drainEndMs);
    },
  };
}
