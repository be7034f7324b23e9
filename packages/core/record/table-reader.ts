import { type ChunkStore, createPacker, createUnpacker, memoryChunks } from "./chunks.ts";
import { judgeVersion, type RecordLine } from "./codec.ts";
import { type Columns, createColumns } from "./columns.ts";
import { learnLineFrame, type LineFrame } from "./line-frame.ts";
import { earlierByChunk } from "./merged.ts";
import type { RequestRecord } from "./record.ts";
import { Row } from "./row.ts";
import type { Chunks, Failure, RecordTable, RequestRow } from "./table.ts";

const GAPS = ',"gapsUs":[';
const [NEWLINE, COMMA, ZERO, NINE, CLOSING, BRACE] = [10, 44, 48, 57, 93, 125];
/** Longer gaps, of more than a quarter of an hour, are left to JSON. */
const GAP_DIGITS = 9;
/** How many frames are kept. Requests of one level differ in little but their numbers, so few are needed. */
const FRAMES = 8;

/** Takes the lines of a shard's records, in pieces of whole lines, and makes their table. */
export function createTableReader(store: ChunkStore = memoryChunks()): {
  /** It throws if a line is not a record of this version. */
  take(lines: Uint8Array): void;
  add(record: RequestRecord): void;
  end(): RecordTable;
} {
  const columns = createColumns();
  const packer = createPacker(store);
  const failures: Failure[] = [];
  const utf8 = new TextDecoder();
  let gaps = new Float64Array(1024);
  const frames: LineFrame[] = [];
  /** The end of the line that was taken last. */
  let end = 0;

  function addLine(line: RecordLine, gapsUs: ArrayLike<number>, count: number): void {
    const { index, dueMs, outcome, errorText, chunkTokens = null, merged = [] } = line;
    // A list of another length than the gaps says nothing about single chunks.
    const perChunk = chunkTokens !== null && chunkTokens.length === count;
    columns.add(line, gapsUs, count, perChunk);
    packer.add(gapsUs, count);
    if (perChunk) packer.add(chunkTokens, count);
    if (merged.length > 0) packer.add(earlierByChunk(merged, count), count);
    if (outcome !== "ok" && outcome !== "censored" && errorText != null)
      failures.push({ index, dueMs, status: line.status ?? null, kind: outcome, text: errorText });
  }

  /**
   * Reads a list of whole numbers into `gaps`, from behind its opening bracket, and leaves `end` behind its
   * closing one. It gives -1 if there is anything else.
   */
  function readGaps(lines: Uint8Array, start: number): number {
    if (lines[start] === CLOSING) {
      end = start + 1;
      return 0;
    }
    // These are locals and whole numbers of 32 bits, because this loop sees every byte of every gap.
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

  /**
   * Takes a line whose head has a known frame. It takes nothing and gives false if no frame fits, or if the
   * line does not end with its gaps.
   */
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
    // Quotes are escaped in an error's text, so a match is never part of one.
    const gapsAt = text.indexOf(GAPS);
    if (
      frames.length < FRAMES &&
      gapsAt !== -1 &&
      line.errorText === undefined &&
      line.chunkTokens === undefined &&
      line.merged === undefined
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
      return tableOf(columns.end(), failures, store);
    },
  };
}

function doubled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(2 * values.length);
  next.set(values);
  return next;
}

function tableOf(
  { columns, length }: { columns: Columns; length: number },
  failures: Failure[],
  store: ChunkStore,
): RecordTable {
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
        earlierUs: null,
      };
      let tokens: Float64Array = new Float64Array(0);
      let earlierUs: Float64Array = new Float64Array(0);
      for (row.at = 0; row.at < length; row.at++) {
        chunks.count = row.chunks;
        chunks.gapsUs = unpack(row.chunks, chunks.gapsUs);
        if (chunks.atMs.length < row.chunks) chunks.atMs = new Float64Array(2 * row.chunks);
        placeInTime(row.sentMs, chunks);
        if (row.hasChunkTokens) tokens = unpack(row.chunks, tokens);
        chunks.tokens = row.hasChunkTokens ? tokens : null;
        if (row.hasMerged) earlierUs = unpack(row.chunks, earlierUs);
        chunks.earlierUs = row.hasMerged ? earlierUs : null;
        visit(row, chunks);
      }
    },
  };
}

/** A report reads its rows about twenty times, so no result object is made for each row. */
function rowsOf(row: Row, length: number): Iterable<RequestRow> {
  const [each, over]: [IteratorResult<RequestRow>, IteratorResult<RequestRow>] = [
    { done: false, value: row },
    { done: true, value: undefined },
  ];
  return {
    [Symbol.iterator]() {
      row.at = -1;
      return { next: () => (++row.at < length ? each : over) };
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

/** The table of records that are already in memory. */
export function tableOfRecords(records: Iterable<RequestRecord>): RecordTable {
  const reader = createTableReader();
  for (const record of records) reader.add(record);
  return reader.end();
}
