/**
 * Thrift's compact protocol, as much of it as a Parquet file needs. A value is its type and its bytes.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export interface Thrift {
  type: number;
  bytes: number[];
}

const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
/** A list of so many elements or more has its length behind its head. */
const LONG_LIST = 15;

export const i32 = (value: number): Thrift => ({ type: I32, bytes: varint(zigzag(value)) });
export const i64 = (value: number): Thrift => ({ type: I64, bytes: varint(zigzag(value)) });

export function text(value: string): Thrift {
  const utf8 = new TextEncoder().encode(value);
  return { type: BINARY, bytes: [...varint(utf8.length), ...utf8] };
}

/** A list of values of one type. An empty one is of structs. */
export function list(values: Thrift[]): Thrift {
  const type = values[0]?.type ?? STRUCT;
  const head =
    values.length < LONG_LIST
      ? [(values.length << 4) | type]
      : [(LONG_LIST << 4) | type, ...varint(values.length)];
  return { type: LIST, bytes: values.reduce((bytes, value) => append(bytes, value.bytes), head) };
}

/** A struct by the numbers of its fields, which ascend. A field that is undefined is left out. */
export function struct(fields: Record<number, Thrift | undefined>): Thrift {
  const bytes: number[] = [];
  let last = 0;
  for (const [number, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    bytes.push(((Number(number) - last) << 4) | value.type);
    append(bytes, value.bytes);
    last = Number(number);
  }
  bytes.push(0);
  return { type: STRUCT, bytes };
}

/** A footer has more bytes than a spread may have arguments. */
function append(bytes: number[], more: number[]): number[] {
  for (const byte of more) bytes.push(byte);
  return bytes;
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest % 0x80) | 0x80);
  }
}
