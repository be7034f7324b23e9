import { ErrorKind } from "../codes.ts";
import { type RecordLine, timesByGaps } from "./codec.ts";
import { earlierBounds } from "./merged.ts";

export const OUTCOMES = ["ok", "censored", ...ErrorKind.options] as const;
const OUTCOME_CODES = new Map<string, number>(OUTCOMES.map((outcome, code) => [outcome, code]));
export const SOURCES = ["usage", "chunk_usage", "chunks"] as const;
export const FLAGS = { usageInvalid: 1, chunkTokens: 2, merged: 4 };
/** Stands for null in a column of whole numbers, none of which is negative. In a column of times NaN does. */
export const NONE = -1;

/** A column that holds nothing but null stays empty. */
const newColumns = (rows: number) => ({
  index: new Int32Array(rows),
  user: new Int32Array(rows),
  dueMs: new Float64Array(rows),
  sentMs: new Float64Array(rows),
  firstMs: new Float64Array(rows),
  firstVisibleMs: new Float64Array(rows),
  lastMs: new Float64Array(rows),
  doneMs: new Float64Array(rows),
  input: new Int32Array(rows),
  output: new Int32Array(rows),
  reasoning: new Int32Array(0),
  cached: new Int32Array(rows),
  firstChunkTokens: new Int32Array(0),
  firstEarlierUs: new Float64Array(0),
  firstVisibleEarlierUs: new Float64Array(0),
  lastEarlierUs: new Float64Array(0),
  chunks: new Int32Array(rows),
  outcome: new Uint8Array(rows),
  source: new Uint8Array(rows),
  flags: new Uint8Array(rows),
});
export type Columns = ReturnType<typeof newColumns>;
const RARE = ["reasoning", "firstChunkTokens"] as const;
/** How much earlier an output may have come, µs. These stay empty while all times are exact. */
const EARLIER = ["firstEarlierUs", "firstVisibleEarlierUs", "lastEarlierUs"] as const;

/**
 * Makes room for `rows` rows, or cuts to them. It works column by column, so that only one of them exists
 * twice.
 */
function resize(columns: Columns, rows: number): void {
  const resized = <T extends Float64Array | Int32Array | Uint8Array>(column: T, next: T): T => {
    next.set(column.subarray(0, Math.min(column.length, rows)));
    return next;
  };
  for (const name of ["dueMs", "sentMs", "firstMs", "firstVisibleMs", "lastMs", "doneMs"] as const)
    columns[name] = resized(columns[name], new Float64Array(rows));
  for (const name of ["index", "user", "input", "output", "cached", "chunks"] as const)
    columns[name] = resized(columns[name], new Int32Array(rows));
  for (const name of RARE)
    if (columns[name].length > 0) columns[name] = resized(columns[name], new Int32Array(rows));
  for (const name of EARLIER)
    if (columns[name].length > 0) columns[name] = resized(columns[name], new Float64Array(rows));
  for (const name of ["outcome", "source", "flags"] as const)
    columns[name] = resized(columns[name], new Uint8Array(rows));
}

const orNaN = (value: number | null | undefined): number => value ?? Number.NaN;
const orNone = (count: number | null | undefined): number => count ?? NONE;

const FIRST_ROWS = 64;

/** Columns that grow with the records that are added. */
export function createColumns(): {
  /** Adds a record with `count` gaps. `perChunk` says that it tells the tokens of each single chunk. */
  add(line: RecordLine, gapsUs: ArrayLike<number>, count: number, perChunk: boolean): void;
  /** The columns and their exact length. */
  end(): { columns: Columns; length: number };
} {
  const columns = newColumns(FIRST_ROWS);
  let rows = 0;
  let capacity = FIRST_ROWS;

  function putRare(name: (typeof RARE)[number], value: number): void {
    if (columns[name].length === 0) {
      if (value === NONE) return;
      columns[name] = new Int32Array(capacity).fill(NONE);
    }
    columns[name][rows] = value;
  }

  function putEarlier(
    line: RecordLine,
    firstVisibleMs: number | null,
    gapsUs: ArrayLike<number>,
    count: number,
  ): void {
    const { merged = [], sentMs } = line;
    if (merged.length === 0) return;
    const bounds = earlierBounds({ merged, sentMs, firstVisibleMs }, gapsUs, count);
    for (const name of EARLIER) {
      if (columns[name].length === 0) columns[name] = new Float64Array(capacity);
      columns[name][rows] = bounds[name];
    }
  }

  return {
    add(line, gapsUs, count, perChunk) {
      if (rows === capacity) {
        capacity *= 2;
        resize(columns, capacity);
      }
      const follows = timesByGaps(line.sentMs, gapsUs, count);
      const firstMs = line.firstMs === undefined ? follows.firstMs : line.firstMs;
      const firstVisibleMs = line.firstVisibleMs === undefined ? firstMs : line.firstVisibleMs;
      columns.index[rows] = line.index;
      columns.user[rows] = orNone(line.user);
      columns.dueMs[rows] = line.dueMs;
      columns.sentMs[rows] = line.sentMs;
      columns.firstMs[rows] = orNaN(firstMs);
      columns.firstVisibleMs[rows] = orNaN(firstVisibleMs);
      columns.lastMs[rows] = orNaN(line.lastMs === undefined ? follows.lastMs : line.lastMs);
      columns.doneMs[rows] = orNaN(line.doneMs);
      columns.input[rows] = orNone(line.tokens.input);
      columns.output[rows] = orNone(line.tokens.output);
      putRare("reasoning", orNone(line.tokens.reasoning));
      columns.cached[rows] = orNone(line.tokens.cached);
      putRare("firstChunkTokens", orNone(line.chunkTokens?.[0]));
      columns.chunks[rows] = count;
      columns.outcome[rows] = OUTCOME_CODES.get(line.outcome) ?? 0;
      columns.source[rows] = SOURCES.indexOf(line.tokens.source);
      columns.flags[rows] =
        (line.usageInvalid === true ? FLAGS.usageInvalid : 0) |
        (perChunk ? FLAGS.chunkTokens : 0) |
        ((line.merged?.length ?? 0) > 0 ? FLAGS.merged : 0);
      putEarlier(line, firstVisibleMs, gapsUs, count);
      rows++;
    },
    end() {
      resize(columns, rows);
      return { columns, length: rows };
    },
  };
}
