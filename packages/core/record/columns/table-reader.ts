import { type Block, type ChunkBlock, createBlockWriter, type RecordBlock } from "./block.ts";
import { type BlockColumns, columnsOf } from "./columns.ts";
import { FIELD_NAMES } from "./fields.ts";
import { earlierReader } from "./merged.ts";
import { listReader } from "./column-reader.ts";
import type { RequestRecord } from "../record.ts";
import { Row } from "./row.ts";
import type { Chunks, RecordTable, RequestRow } from "./table.ts";

/**
 * The table of a shard's blocks. The blocks themselves are not kept: `kept` has what is left of each, for the
 * chunks.
 */
export function tableOf(blocks: RecordBlock[], kept: ChunkBlock[]): RecordTable {
  const read = columnsOf(blocks);
  const { columns, length, failures } = read;
  return {
    length,
    failures,
    rows: (shiftMs = 0, drainEndMs = Infinity) => rowsOf(new Row(columns, shiftMs, drainEndMs), length),
    eachChunks: (visit, shiftMs = 0, drainEndMs = Infinity) =>
      eachChunks(read, kept, new Row(columns, shiftMs, drainEndMs), visit),
  };
}

function eachChunks(
  { length }: BlockColumns,
  blocks: ChunkBlock[],
  row: Row,
  visit: (row: RequestRow, chunks: Chunks) => void,
): void {
  const chunks: Chunks = {
    count: 0,
    gapsUs: new Float64Array(0),
    atMs: new Float64Array(0),
    tokens: null,
    earlierUs: null,
  };
  row.at = 0;
  for (const block of blocks) {
    const gaps = listReader(block.column("gapsUs"), "gapsUs");
    const tokens = listReader(block.column("chunkTokens"), "chunkTokens");
    const earlier = earlierReader(block);
    for (let i = 0; i < block.rows; i++, row.at++) {
      if (gaps.next() !== row.chunks) throw new RangeError("the chunks of a record are missing");
      chunks.count = row.chunks;
      chunks.gapsUs = gaps.values;
      if (chunks.atMs.length < row.chunks) chunks.atMs = new Float64Array(2 * row.chunks);
      placeInTime(row.sentMs, chunks);
      tokens.next();
      chunks.tokens = row.hasChunkTokens ? tokens.values : null;
      chunks.earlierUs = earlier?.next(row.chunks) === true ? earlier.earlierUs : null;
      visit(row, chunks);
    }
  }
  if (row.at !== length) throw new RangeError("the chunks of a record are missing");
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
  const writer = createBlockWriter();
  const blocks: RecordBlock[] = [];
  for (const record of records) {
    writer.add(record);
    if (writer.isFull()) blocks.push(unpackedBlock(writer.take()));
  }
  blocks.push(unpackedBlock(writer.take()));
  return tableOf(blocks, blocks);
}

/** A block as it is read, without packing in between. */
export function unpackedBlock({ rows, columns }: Block): RecordBlock {
  const byName = new Map(FIELD_NAMES.map((name, i) => [name, columns[i]?.bytes]));
  return { rows, column: (name) => byName.get(name) ?? new Uint8Array(0) };
}
