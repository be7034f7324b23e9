import { ErrorKind } from "../codes.ts";
import type { ChunkStore } from "./chunks.ts";
import { createPacker, createUnpacker, memoryChunks } from "./chunks.ts";
import { judgeVersion, type RecordLine, timesByGaps } from "./codec.ts";
import type { RequestRecord } from "./record.ts";
import { learnLineFrame, type LineFrame } from "./line-frame.ts";

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

const OUTCOMES = ["ok", "censored", ...ErrorKind.options] as const;
const OUTCOME_CODES = new Map<string, number>(OUTCOMES.map((outcome, code) => [outcome, code]));
const SOURCES = ["usage", "chunk_usage", "tokenizer", "chunks"] as const;
const FLAGS = { usageInvalid: 1, chunkTokens: 2 };
/** Null in a column of whole numbers, of which none is negative; in one of times it is NaN. */
const NONE = -1;

/** Columns that hold nothing but null are left empty. */
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
  chunks: new Int32Array(rows),
  outcome: new Uint8Array(rows),
  source: new Uint8Array(rows),
  flags: new Uint8Array(rows),
});
type Columns = ReturnType<typeof newColumns>;
const RARE = ["reasoning", "firstChunkTokens"] as const;

/** The same rows with room for `rows`, one column after the other, so that only one is there twice. */
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
  for (const name of ["outcome", "source", "flags"] as const)
    columns[name] = resized(columns[name], new Uint8Array(rows));
}

const orNaN = (value: number | null | undefined): number => value ?? Number.NaN;
const orNone = (count: number | null | undefined): number => count ?? NONE;
const orNull = (count: number | undefined): number | null =>
  count === undefined || count === NONE ? null : count;

/** Stands for the row `at` of the columns. */
class Row implements RequestRow {
  at = 0;
  readonly tokens: RequestRecord["tokens"];
  readonly #columns: Columns;
  readonly #shiftMs: number;
  readonly #drainEndMs: number;

  constructor(columns: Columns, shiftMs: number, drainEndMs: number) {
    this.#columns = columns;
    this.#shiftMs = shiftMs;
    this.#drainEndMs = drainEndMs + shiftMs;
    this.tokens = new RowTokens(columns, this);
  }

  get index(): number {
    return this.#columns.index[this.at] ?? 0;
  }
  get user(): number | null {
    return orNull(this.#columns.user[this.at]);
  }
  get dueMs(): number {
    return (this.#columns.dueMs[this.at] ?? Number.NaN) + this.#shiftMs;
  }
  get sentMs(): number {
    return (this.#columns.sentMs[this.at] ?? Number.NaN) + this.#shiftMs;
  }
  get firstMs(): number | null {
    return this.#time(this.#columns.firstMs);
  }
  get firstVisibleMs(): number | null {
    return this.#time(this.#columns.firstVisibleMs);
  }
  get lastMs(): number | null {
    return this.#time(this.#columns.lastMs);
  }
  get doneMs(): number | null {
    return this.#time(this.#columns.doneMs);
  }
  get leftMs(): number {
    return this.doneMs ?? Math.max(this.sentMs, this.#drainEndMs);
  }
  get outcome(): RequestRecord["outcome"] {
    return OUTCOMES[this.#columns.outcome[this.at] ?? 0] ?? "ok";
  }
  get usageInvalid(): boolean {
    return ((this.#columns.flags[this.at] ?? 0) & FLAGS.usageInvalid) !== 0;
  }
  get chunks(): number {
    return this.#columns.chunks[this.at] ?? 0;
  }
  get firstChunkTokens(): number | null {
    return orNull(this.#columns.firstChunkTokens[this.at]);
  }
  get hasChunkTokens(): boolean {
    return ((this.#columns.flags[this.at] ?? 0) & FLAGS.chunkTokens) !== 0;
  }

  #time(column: Float64Array): number | null {
    const atMs = column[this.at] ?? Number.NaN;
    return Number.isNaN(atMs) ? null : atMs + this.#shiftMs;
  }
}

class RowTokens {
  readonly #columns: Columns;
  readonly #row: Row;

  constructor(columns: Columns, row: Row) {
    this.#columns = columns;
    this.#row = row;
  }

  get input(): number | null {
    return orNull(this.#columns.input[this.#row.at]);
  }
  get output(): number | null {
    return orNull(this.#columns.output[this.#row.at]);
  }
  get reasoning(): number | null {
    return orNull(this.#columns.reasoning[this.#row.at]);
  }
  get cached(): number | null {
    return orNull(this.#columns.cached[this.#row.at]);
  }
  get source(): RequestRecord["tokens"]["source"] {
    return SOURCES[this.#columns.source[this.#row.at] ?? 0] ?? "usage";
  }
}

const FIRST_ROWS = 64;
const GAPS = ',"gapsUs":[';
const [NEWLINE, COMMA, ZERO, NINE, CLOSING, BRACE] = [10, 44, 48, 57, 93, 125];
/** Longer gaps, above a quarter of an hour, are left to JSON. */
const GAP_DIGITS = 9;
/** Frames of lines that are known at a time: requests of one level differ in little but numbers. */
const FRAMES = 8;

/** Takes the lines of a shard's records, whole lines at a time, and makes their table. */
export function createTableReader(store: ChunkStore = memoryChunks()): {
  /** Throws where a line is no record of this version. */
  take(lines: Uint8Array): void;
  add(record: RequestRecord): void;
  end(): RecordTable;
} {
  const columns = newColumns(FIRST_ROWS);
  const packer = createPacker(store);
  const failures: Failure[] = [];
  const utf8 = new TextDecoder();
  let rows = 0;
  let capacity = FIRST_ROWS;
  let gaps = new Float64Array(1024);
  const frames: LineFrame[] = [];
  /** Where the line ends that was taken last. */
  let end = 0;

  function putRare(name: (typeof RARE)[number], value: number): void {
    if (columns[name].length === 0) {
      if (value === NONE) return;
      columns[name] = new Int32Array(capacity).fill(NONE);
    }
    columns[name][rows] = value;
  }

  function addLine(line: RecordLine, gapsUs: ArrayLike<number>, count: number): void {
    if (rows === capacity) {
      capacity *= 2;
      resize(columns, capacity);
    }
    const follows = timesByGaps(line.sentMs, gapsUs, count);
    const firstMs = line.firstMs === undefined ? follows.firstMs : line.firstMs;
    const chunkTokens = line.chunkTokens ?? null;
    columns.index[rows] = line.index;
    columns.user[rows] = orNone(line.user);
    columns.dueMs[rows] = line.dueMs;
    columns.sentMs[rows] = line.sentMs;
    columns.firstMs[rows] = orNaN(firstMs);
    columns.firstVisibleMs[rows] = orNaN(line.firstVisibleMs === undefined ? firstMs : line.firstVisibleMs);
    columns.lastMs[rows] = orNaN(line.lastMs === undefined ? follows.lastMs : line.lastMs);
    columns.doneMs[rows] = orNaN(line.doneMs);
    columns.input[rows] = orNone(line.tokens.input);
    columns.output[rows] = orNone(line.tokens.output);
    putRare("reasoning", orNone(line.tokens.reasoning));
    columns.cached[rows] = orNone(line.tokens.cached);
    putRare("firstChunkTokens", orNone(chunkTokens?.[0]));
    columns.chunks[rows] = count;
    columns.outcome[rows] = OUTCOME_CODES.get(line.outcome) ?? 0;
    columns.source[rows] = SOURCES.indexOf(line.tokens.source);
    // Of another length than the gaps they say nothing of single chunks.
    const perChunk = chunkTokens !== null && chunkTokens.length === count;
    columns.flags[rows] =
      (line.usageInvalid === true ? FLAGS.usageInvalid : 0) | (perChunk ? FLAGS.chunkTokens : 0);
    rows++;
    packer.add(gapsUs, count);
    if (perChunk) packer.add(chunkTokens, count);
    const { index, dueMs, outcome, errorText } = line;
    if (outcome !== "ok" && outcome !== "censored" && errorText != null)
      failures.push({ index, dueMs, status: line.status ?? null, kind: outcome, text: errorText });
  }

  /** Reads a list of whole numbers into `gaps`, from behind its bracket to the one before `end`; -1 where there is anything else. */
  function readGaps(lines: Uint8Array, start: number): number {
    if (lines[start] === CLOSING) {
      end = start + 1;
      return 0;
    }
    // Locals and whole numbers of 32 bits: this loop sees every byte of every gap.
    let list = gaps;
    let count = 0;
    let value = 0;
    let numberAt = start;
    for (let at = start; at < lines.length; at++) {
      const byte = lines[at] ?? 0;
      if (byte >= ZERO && byte <= NINE) {
        value = (Math.imul(10, value) + byte - ZERO) | 0;
        continue;
      }
      if (at - numberAt > GAP_DIGITS) return -1;
      numberAt = at + 1;
      if (count === list.length) list = gaps = doubled(gaps);
      list[count++] = value;
      value = 0;
      if (byte === COMMA) continue;
      end = at + 1;
      return byte === CLOSING ? count : -1;
    }
    return -1;
  }

  /** A line whose head has a frame that is known; false, and nothing taken, where there is none or it ends otherwise than with its gaps. */
  function takeKnown(lines: Uint8Array, start: number): boolean {
    for (const frame of frames) {
      const line = frame.read(lines, start);
      if (line === null) continue;
      const count = readGaps(lines, frame.end());
      if (count === -1 || lines[end] !== BRACE || (end + 1 < lines.length && lines[end + 1] !== NEWLINE))
        return false;
      end++;
      addLine(line, gaps, count);
      return true;
    }
    return false;
  }

  function takeAny(lines: Uint8Array, start: number): void {
    const newline = lines.indexOf(NEWLINE, start);
    end = newline === -1 ? lines.length : newline;
    const text = utf8.decode(lines.subarray(start, end));
    const line: RecordLine = JSON.parse(text);
    judgeVersion(line.v);
    const gapsUs = line.gapsUs ?? [];
    addLine(line, gapsUs, gapsUs.length);
    // Quotes are escaped in an error's text, so this is never part of one.
    const gapsAt = text.indexOf(GAPS);
    if (
      frames.length < FRAMES &&
      gapsAt !== -1 &&
      line.errorText === undefined &&
      line.chunkTokens === undefined
    )
      frames.push(learnLineFrame(text.slice(0, gapsAt + GAPS.length), line));
  }

  return {
    take(lines) {
      for (let start = 0; start < lines.length; start = end + 1)
        if (!takeKnown(lines, start)) takeAny(lines, start);
    },
    add: (record) => addLine({ v: 1, ...record }, record.gapsUs, record.gapsUs.length),
    end() {
      packer.end();
      resize(columns, rows);
      return tableOf(columns, rows, failures, store);
    },
  };
}

function doubled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(2 * values.length);
  next.set(values);
  return next;
}

/** The columns hold exactly `length` rows. */
function tableOf(columns: Columns, length: number, failures: Failure[], store: ChunkStore): RecordTable {
  return {
    length,
    failures,
    rows: (shiftMs = 0, drainEndMs = Infinity) => rowsOf(new Row(columns, shiftMs, drainEndMs), length),
    eachChunks(visit, shiftMs = 0, drainEndMs = Infinity) {
      const row = new Row(columns, shiftMs, drainEndMs);
      const unpack = createUnpacker(store);
      const chunks: Chunks = {
        count: 0,
        gapsUs: new Float64Array(0),
        atMs: new Float64Array(0),
        tokens: null,
      };
      let tokens: Float64Array = new Float64Array(0);
      for (row.at = 0; row.at < length; row.at++) {
        chunks.count = row.chunks;
        chunks.gapsUs = unpack(row.chunks, chunks.gapsUs);
        if (chunks.atMs.length < row.chunks) chunks.atMs = new Float64Array(2 * row.chunks);
        placeInTime(row.sentMs, chunks);
        if (row.hasChunkTokens) tokens = unpack(row.chunks, tokens);
        chunks.tokens = row.hasChunkTokens ? tokens : null;
        visit(row, chunks);
      }
    },
  };
}

/** A report goes over its rows twenty times. */
function rowsOf(row: Row, length: number): Iterable<RequestRow> {
  const [step, over]: [IteratorResult<RequestRow>, IteratorResult<RequestRow>] = [
    { done: false, value: row },
    { done: true, value: undefined },
  ];
  return {
    [Symbol.iterator]() {
      row.at = -1;
      return { next: () => (++row.at < length ? step : over) };
    },
  };
}

function placeInTime(sentMs: number, { count, gapsUs, atMs }: Chunks): void {
  let atUs = 0;
  for (let i = 0; i < count; i++) {
    atUs += gapsUs[i] ?? 0;
    atMs[i] = sentMs + atUs / 1000;
  }
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

/** The table of records that are in memory already. */
export function tableOfRecords(records: Iterable<RequestRecord>): RecordTable {
  const reader = createTableReader();
  for (const record of records) reader.add(record);
  return reader.end();
}
