import type { RecordBlock } from "@brimline/core/record/columns/block";
import { FIELD_NAMES, type FieldName } from "@brimline/core/record/columns/fields";
import { RECORD_SCHEMA } from "@brimline/core/record/record";
import { crc32 } from "node:zlib";
import { unpacked } from "./packing.ts";
import {
  type ColumnPlace,
  footer,
  type PackedColumn,
  pageHead,
  PARQUET_MAGIC,
  type RowGroup,
} from "./parquet.ts";

/**
 * A file of records is a Parquet file, so that any tool opens it, and each of its row groups is a block that
 * can be read without the footer:
 *
 *     "PAR1"  block …  "BRL0" length crc32 footer  length "PAR1"
 *     block = "BRL1" length crc32 rows places columns
 *
 * A length and a CRC-32 are those of the bytes behind both. `places` has four numbers for each column: where
 * it begins, from the block's `rows` on, its bytes, its bytes unpacked, and its entries. All these numbers have
 * 32 bits, lowest byte first. Parquet ignores what its footer does not name. So a file that was cut keeps
 * every whole block before the cut.
 */
const BLOCK = "BRL1";
const END = "BRL0";
const HEAD_BYTES = 12;
const PLACE_BYTES = 16;
const COLUMNS_AT = 4 + PLACE_BYTES * FIELD_NAMES.length;
/** The footer's length and Parquet's word end a file. */
const TAIL_BYTES = 8;

/** A block as it lies in a file, without its head, and where its columns lie for Parquet, from its start. */
export interface PackedBlock {
  rows: number;
  body: Buffer;
  places: ColumnPlace[];
}

/** Puts the packed columns of a block, in the order of `FIELD_NAMES`, behind one another. */
export function packedBlock(rows: number, columns: PackedColumn[]): PackedBlock {
  const first = Buffer.alloc(COLUMNS_AT);
  first.writeUInt32LE(rows);
  const places: ColumnPlace[] = [];
  const parts: Uint8Array[] = [first];
  let at = COLUMNS_AT;
  for (const [i, name] of FIELD_NAMES.entries()) {
    const column = columns[i];
    if (column === undefined) throw new TypeError(`${name} is missing`);
    const { bytes, unpackedBytes, entries } = column;
    const head = pageHead(name, column);
    for (const [k, value] of [at + head.length, bytes.length, unpackedBytes, entries].entries())
      first.writeUInt32LE(value, 4 + PLACE_BYTES * i + 4 * k);
    places.push({
      name,
      at,
      bytes: head.length + bytes.length,
      unpackedBytes: head.length + unpackedBytes,
      entries,
    });
    parts.push(head, bytes);
    at += head.length + bytes.length;
  }
  return { rows, body: Buffer.concat(parts), places };
}

/** The file of these blocks, whose columns were packed by Parquet's `codec`. Without any it is still a file. */
export function recordFile(blocks: PackedBlock[], codec: number): Buffer {
  const parts: Uint8Array[] = [Buffer.from(PARQUET_MAGIC)];
  let at = PARQUET_MAGIC.length;
  const groups: RowGroup[] = [];
  for (const { rows, body, places } of blocks) {
    const start = at + HEAD_BYTES;
    groups.push({ rows, places: places.map((place) => ({ ...place, at: start + place.at })) });
    parts.push(headOf(BLOCK, body), body);
    at = start + body.length;
  }
  const metadata = Buffer.from(footer(groups, codec));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(metadata.length);
  parts.push(headOf(END, metadata), metadata, length, Buffer.from(PARQUET_MAGIC));
  return Buffer.concat(parts);
}

function headOf(word: string, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(word, "latin1");
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(crc32(body), 8);
  return head;
}

/** A block of a file, and its columns as they are packed. */
export interface FileBlock extends RecordBlock {
  packed(name: FieldName): PackedColumn;
}

/**
 * The blocks of a file. It throws where the file is damaged, was cut, or is anything else. The blocks before
 * that place are whole.
 */
export function* recordBlocks(file: Buffer): Generator<FileBlock> {
  if (file.toString("latin1", 0, PARQUET_MAGIC.length) !== PARQUET_MAGIC)
    throw new Error(`this is no file of records (${RECORD_SCHEMA})`);
  let at = PARQUET_MAGIC.length;
  for (;;) {
    const word = file.toString("latin1", at, at + BLOCK.length);
    const body = bodyAt(file, at, word);
    at += HEAD_BYTES + body.length;
    if (word === END) {
      const tail = file.subarray(at);
      if (
        tail.length !== TAIL_BYTES ||
        tail.readUInt32LE() !== body.length ||
        tail.toString("latin1", 4) !== PARQUET_MAGIC
      )
        throw damaged(at);
      return;
    }
    yield blockOf(body);
  }
}

function bodyAt(file: Buffer, at: number, word: string): Buffer {
  if (at + HEAD_BYTES > file.length || (word !== BLOCK && word !== END)) throw damaged(at);
  const start = at + HEAD_BYTES;
  const length = file.readUInt32LE(at + 4);
  const body = file.subarray(start, start + length);
  if (body.length !== length || crc32(body) !== file.readUInt32LE(at + 8)) throw damaged(at);
  return body;
}

const damaged = (at: number): Error => new Error(`the file of records is cut or damaged at byte ${at}`);

function blockOf(body: Buffer): FileBlock {
  const placeOf = new Map(FIELD_NAMES.map((name, i) => [name, 4 + PLACE_BYTES * i]));
  const packed = (name: FieldName): PackedColumn => {
    const place = placeOf.get(name) ?? 0;
    const columnAt = body.readUInt32LE(place);
    return {
      bytes: body.subarray(columnAt, columnAt + body.readUInt32LE(place + 4)),
      unpackedBytes: body.readUInt32LE(place + 8),
      entries: body.readUInt32LE(place + 12),
    };
  };
  return { rows: body.readUInt32LE(), packed, column: (name) => unpacked(packed(name)) };
}
