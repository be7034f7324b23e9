import { type Field, FIELD_NAMES, type FieldName, FIELDS } from "@brimline/core/record/columns/fields";
import { RECORD_SCHEMA } from "@brimline/core/record/record";
import { i32, i64, list, struct, text, type Thrift } from "./thrift.ts";

/**
 * What makes a file of records a Parquet file: a head before each column, and the footer. The numbers are those
 * of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
export const PARQUET_MAGIC = "PAR1";

const TYPES: Record<Field["kind"], number> = { flag: 0, count: 1, counts: 1, time: 2, text: 6 };
const ENCODINGS = { PLAIN: 0, RLE: 3, BYTE_STREAM_SPLIT: 9 };
const UTF8 = 0;
const LIST = 3;
const UINT_32 = 13;
const [REQUIRED, OPTIONAL, REPEATED] = [0, 1, 2];
const DATA_PAGE = 0;

const encodingOf = (name: FieldName): number =>
  ["text", "flag"].includes(FIELDS[name].kind) ? ENCODINGS.PLAIN : ENCODINGS.BYTE_STREAM_SPLIT;

/** A column as it was packed: its bytes without a head, their size before, and its entries as Parquet counts them. */
export interface PackedColumn {
  bytes: Uint8Array;
  unpackedBytes: number;
  entries: number;
}

/** The head that stands before a column: Parquet calls it a data page. */
export const pageHead = (name: FieldName, { bytes, unpackedBytes, entries }: PackedColumn): Uint8Array =>
  Uint8Array.from(
    struct({
      1: i32(DATA_PAGE),
      2: i32(unpackedBytes),
      3: i32(bytes.length),
      5: struct({
        1: i32(entries),
        2: i32(encodingOf(name)),
        3: i32(ENCODINGS.RLE),
        4: i32(ENCODINGS.RLE),
      }),
    }).bytes,
  );

/** Where one column of a row group lies, with its head. */
export interface ColumnPlace {
  name: FieldName;
  at: number;
  bytes: number;
  unpackedBytes: number;
  entries: number;
}

export interface RowGroup {
  rows: number;
  places: ColumnPlace[];
}

/** The metadata at a file's end, without their length and the magic word behind them. */
export function footer(groups: RowGroup[], codec: number): Uint8Array {
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  return Uint8Array.from(
    struct({
      1: i32(2),
      2: list(SCHEMA),
      3: i64(rows),
      4: list(groups.map((group) => rowGroup(group, codec))),
      5: list([struct({ 1: text("schema"), 2: text(RECORD_SCHEMA) })]),
      6: text("brimline"),
    }).bytes,
  );
}

const rowGroup = ({ rows, places }: RowGroup, codec: number): Thrift =>
  struct({
    1: list(places.map((place) => columnChunk(place, codec))),
    2: i64(places.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)),
    3: i64(rows),
  });

const columnChunk = ({ name, at, bytes, unpackedBytes, entries }: ColumnPlace, codec: number): Thrift =>
  struct({
    2: i64(at),
    3: struct({
      1: i32(TYPES[FIELDS[name].kind]),
      2: list([i32(encodingOf(name)), i32(ENCODINGS.RLE)]),
      3: list(pathOf(name).map((part) => text(part))),
      4: i32(codec),
      5: i64(entries),
      6: i64(unpackedBytes),
      7: i64(bytes),
      9: i64(at),
    }),
  });

/** Lists have the three levels that Parquet prescribes. */
function pathOf(name: FieldName): string[] {
  const [first = "", ...rest] = name.split(".");
  return FIELDS[name].kind === "counts" ? [first, "list", "element", ...rest] : [first, ...rest];
}

const element = (
  name: string,
  {
    repetition,
    type,
    children,
    converted,
  }: { repetition?: number; type?: number; children?: number; converted?: number },
): Thrift =>
  struct({
    ...(type !== undefined && { 1: i32(type) }),
    ...(repetition !== undefined && { 3: i32(repetition) }),
    4: text(name),
    ...(children !== undefined && { 5: i32(children) }),
    ...(converted !== undefined && { 6: i32(converted) }),
  });

/** The tree of columns, root first, each group before its children. */
const SCHEMA: Thrift[] = schema();

function schema(): Thrift[] {
  const tops = Map.groupBy(FIELD_NAMES, (name) => name.split(".")[0] ?? name);
  const elements = [element("requests", { children: tops.size })];
  for (const [top, names] of tops) {
    const [first] = names;
    if (first === undefined) continue;
    const isGroup = first !== top;
    const { kind, isOptional } = FIELDS[first];
    if (kind === "counts") {
      elements.push(
        element(top, { repetition: isOptional ? OPTIONAL : REQUIRED, children: 1, converted: LIST }),
      );
      elements.push(element("list", { repetition: REPEATED, children: 1 }));
      if (isGroup) elements.push(element("element", { repetition: REQUIRED, children: names.length }));
      for (const name of names)
        elements.push(
          element(pathOf(name).at(-1) ?? name, {
            repetition: REQUIRED,
            type: TYPES.counts,
            converted: UINT_32,
          }),
        );
      continue;
    }
    if (isGroup) elements.push(element(top, { repetition: REQUIRED, children: names.length }));
    for (const name of names) elements.push(leaf(name));
  }
  return elements;
}

function leaf(name: FieldName): Thrift {
  const { kind, isOptional } = FIELDS[name];
  return element(pathOf(name).at(-1) ?? name, {
    repetition: isOptional ? OPTIONAL : REQUIRED,
    type: TYPES[kind],
    ...(kind === "text" && { converted: UTF8 }),
  });
}
