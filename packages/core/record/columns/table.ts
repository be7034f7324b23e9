import type { ErrorKind } from "../../codes.ts";
import type { RequestRecord } from "../record.ts";

/** A request without its single chunks. All figures come from these, apart from those about chunks. */
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
    | "closeLagMs"
    | "closeCut"
    | "outcome"
    | "tokens"
    | "usageInvalid"
    | "resent"
  > & {
    /**
     * When it left the endpoint: when it was done, or when it was cut at the end of its shard's drain. It is
     * Infinity if it was cut and that end is not known.
     */
    leftMs: number;
    chunks: number;
    /** It is null unless usage comes per chunk. */
    firstChunkTokens: number | null;
    /** Each of these outputs may have come up to so much before its time, µs. It is 0 where the time is exact. */
    firstEarlierUs: number;
    firstVisibleEarlierUs: number;
    lastEarlierUs: number;
  }
>;

/** The chunks of one request. The lists are longer than `count`, and the next request overwrites them. */
export interface Chunks {
  count: number;
  /** The gaps as in the record: the first counts from `sent`. */
  gapsUs: Float64Array;
  /** When each chunk arrived. No time lies before the one that precedes it. */
  atMs: Float64Array;
  /** It is null unless usage comes per chunk. */
  tokens: Float64Array | null;
  /** Each chunk may have come up to so much before `atMs`, µs. It is null where the request has no merged chunk. */
  earlierUs: Float64Array | null;
}

/** A failure with a text to show. */
export type Failure = Pick<RequestRecord, "index" | "dueMs" | "status"> & { kind: ErrorKind; text: string };

/**
 * The records of one shard. They are read once and kept as columns of numbers (80 to 88 bytes a request),
 * with their chunks in a store of their own. Rows come in the order of the file. One row object stands for
 * all of them, so it must not be kept.
 */
export interface RecordTable {
  length: number;
  failures: Failure[];
  /**
   * All times move by `shiftMs`. `drainEndMs` is when the shard cut the requests that were still open, before
   * that move.
   */
  rows(shiftMs?: number, drainEndMs?: number): Iterable<RequestRow>;
  /** Visits every row with its chunks, once through the whole file. */
  eachChunks(visit: (row: RequestRow, chunks: Chunks) => void, shiftMs?: number, drainEndMs?: number): void;
}

/** The number of rows. */
export const countOf = (rows: Iterable<RequestRow>): number =>
  Iterator.from(rows).reduce((count) => count + 1, 0);

export const okRows = (table: RecordTable): Iterable<RequestRow> =>
  chosen(table.rows(), (row) => row.outcome === "ok");

/**
 * The rows for which a condition holds. A generator would do the same, but this is several times as fast; so
 * are its neighbours.
 */
export function chosen(
  rows: Iterable<RequestRow>,
  holds: (row: RequestRow) => boolean,
): Iterable<RequestRow> {
  return {
    [Symbol.iterator]() {
      const all = rows[Symbol.iterator]();
      return {
        next() {
          let result = all.next();
          while (result.done !== true && !holds(result.value)) result = all.next();
          return result;
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
            const result = rows.next();
            if (result.done !== true) return result;
            const part = rest.next();
            if (part.done === true) return result;
            rows = part.value()[Symbol.iterator]();
          }
        },
      };
    },
  };
}

/**
 * The table of one shard, and by how much its times must move onto the common clock. `drainEndMs` is when it
 * cut the requests that were still open, on its own clock.
 */
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
