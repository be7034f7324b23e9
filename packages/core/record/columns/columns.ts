import type { RecordBlock } from "./block.ts";
import type { NameOf } from "./fields.ts";
import { earlierBounds, earlierReader } from "./merged.ts";
import { listReader, numberReader, flagReader, textReader } from "./column-reader.ts";
import type { Failure } from "./table.ts";
import { codeOf, OUTCOME_CODES, OUTCOMES, SOURCE_CODES } from "./words.ts";

export const FLAGS = { usageInvalid: 1, chunkTokens: 2, resent: 4, closeCut: 8 };
/** Stands for null in a column of whole numbers, none of which is negative. In a column of times NaN does. */
export const NONE = -1;

const TIMES = {
  dueMs: "dueUs",
  sentMs: "sentUs",
  firstMs: "firstUs",
  firstVisibleMs: "firstVisibleUs",
  lastMs: "lastUs",
  doneMs: "doneUs",
  closeLagMs: "closeLagUs",
} as const satisfies Record<string, NameOf<"time">>;
const COUNTS = {
  index: "index",
  user: "user",
  input: "tokens.input",
  output: "tokens.output",
  cached: "tokens.cached",
  chunks: "chunks",
} as const satisfies Record<string, NameOf<"count">>;
/** Columns that stay empty while they hold nothing but null, or in `EARLIER` nothing but 0. */
const EARLIER = ["firstEarlierUs", "firstVisibleEarlierUs", "lastEarlierUs"] as const;

const newColumns = (rows: number) => ({
  index: new Int32Array(rows),
  user: new Int32Array(rows),
  dueMs: new Float64Array(rows),
  sentMs: new Float64Array(rows),
  firstMs: new Float64Array(rows),
  firstVisibleMs: new Float64Array(rows),
  lastMs: new Float64Array(rows),
  doneMs: new Float64Array(rows),
  closeLagMs: new Float64Array(rows),
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

/** What the rows of a table are made of: the columns of all blocks, and the failures that have a text. */
export interface BlockColumns {
  columns: Columns;
  length: number;
  failures: Failure[];
}

/** Reads the columns that rows need, block after block. The gaps of a block are read only where some chunks are merged. */
export function columnsOf(blocks: RecordBlock[]): BlockColumns {
  const length = blocks.reduce((sum, { rows }) => sum + rows, 0);
  const columns = newColumns(length);
  const failures: Failure[] = [];
  let start = 0;
  for (const block of blocks) {
    const end = start + block.rows;
    for (const [name, field] of Object.entries(TIMES) as [keyof typeof TIMES, NameOf<"time">][])
      readTimes(columns[name], block, field, start);
    for (const [name, field] of Object.entries(COUNTS) as [keyof typeof COUNTS, NameOf<"count">][])
      readCounts(columns[name], block, field, start);
    readReasoning(columns, block, start);
    readCodes(columns.source, SOURCE_CODES, block, "tokens.source", start);
    readCodes(columns.outcome, OUTCOME_CODES, block, "outcome", start);
    readFlag(columns, block, "usageInvalid", start);
    readFlag(columns, block, "resent", start);
    readFlag(columns, block, "closeCut", start);
    readChunkTokens(columns, block, start);
    readMerged(columns, block, start);
    if (columns.outcome.subarray(start, end).some((code) => isFailure(code)))
      failures.push(...failuresOf(columns, block, start));
    start = end;
  }
  return { columns, length, failures };
}

const isFailure = (code: number): boolean => OUTCOMES[code] !== "ok" && OUTCOMES[code] !== "censored";

function readTimes(column: Float64Array, block: RecordBlock, field: NameOf<"time">, start: number): void {
  const readUs = numberReader(block.column(field), field);
  for (let row = start; row < start + block.rows; row++) {
    const us = readUs();
    column[row] = us === null ? Number.NaN : us / 1000;
  }
}

function readCounts(column: Int32Array, block: RecordBlock, field: NameOf<"count">, start: number): void {
  const read = numberReader(block.column(field), field);
  for (let row = start; row < start + block.rows; row++) column[row] = read() ?? NONE;
}

function readReasoning(columns: Columns, block: RecordBlock, start: number): void {
  const read = numberReader(block.column("tokens.reasoning"), "tokens.reasoning");
  for (let row = start; row < start + block.rows; row++) {
    const count = read();
    if (count === null) continue;
    if (columns.reasoning.length === 0) columns.reasoning = new Int32Array(columns.index.length).fill(NONE);
    columns.reasoning[row] = count;
  }
}

function readCodes(
  column: Uint8Array,
  codes: Map<string, number>,
  block: RecordBlock,
  field: NameOf<"text">,
  start: number,
): void {
  const read = textReader(block.column(field), field);
  for (let row = start; row < start + block.rows; row++) column[row] = codeOf(codes, read());
}

function readFlag(
  columns: Columns,
  block: RecordBlock,
  field: "usageInvalid" | "resent" | "closeCut",
  start: number,
): void {
  const read = flagReader(block.column(field));
  for (let row = start; row < start + block.rows; row++) if (read()) setFlag(columns, row, FLAGS[field]);
}

/** A list of another length than the gaps says nothing about single chunks. */
function readChunkTokens(columns: Columns, block: RecordBlock, start: number): void {
  const lists = listReader(block.column("chunkTokens"), "chunkTokens");
  for (let row = start; row < start + block.rows; row++) {
    const count = lists.next();
    if (count === null) continue;
    if (count === columns.chunks[row]) setFlag(columns, row, FLAGS.chunkTokens);
    if (count === 0) continue;
    if (columns.firstChunkTokens.length === 0)
      columns.firstChunkTokens = new Int32Array(columns.index.length).fill(NONE);
    columns.firstChunkTokens[row] = lists.values[0] ?? NONE;
  }
}

function readMerged(columns: Columns, block: RecordBlock, start: number): void {
  const earlier = earlierReader(block);
  if (earlier === null) return;
  for (const name of EARLIER)
    if (columns[name].length === 0) columns[name] = new Float64Array(columns.index.length);
  const gaps = listReader(block.column("gapsUs"), "gapsUs");
  for (let row = start; row < start + block.rows; row++) {
    const count = gaps.next() ?? 0;
    if (!earlier.next(count)) continue;
    const sentMs = columns.sentMs[row] ?? Number.NaN;
    const firstVisibleMs = columns.firstVisibleMs[row] ?? Number.NaN;
    const chunks = { gapsUs: gaps.values, earlierUs: earlier.earlierUs, count };
    const bounds = earlierBounds({ sentMs, firstVisibleMs }, chunks);
    for (const name of EARLIER) columns[name][row] = bounds[name];
  }
}

function setFlag(columns: Columns, row: number, flag: number): void {
  columns.flags[row] = (columns.flags[row] ?? 0) | flag;
}

function failuresOf(columns: Columns, block: RecordBlock, start: number): Failure[] {
  const readStatus = numberReader(block.column("status"), "status");
  const readText = textReader(block.column("errorText"), "errorText");
  const failures: Failure[] = [];
  for (let row = start; row < start + block.rows; row++) {
    const [status, text] = [readStatus(), readText()];
    const kind = OUTCOMES[columns.outcome[row] ?? 0] ?? "ok";
    if (text === null || kind === "ok" || kind === "censored") continue;
    failures.push({ index: columns.index[row] ?? 0, dueMs: columns.dueMs[row] ?? 0, status, kind, text });
  }
  return failures;
}
