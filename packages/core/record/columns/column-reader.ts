import { FIELDS, type FieldName, type NameOf, WIDTHS } from "./fields.ts";
import { type Planes, readNumber, readWords } from "./planes.ts";
import { RunReader } from "./runs.ts";

/** Where the levels and the values of a column lie. Those of a flag and of what is never null have no levels. */
interface Parts {
  lists: RunReader | null;
  levels: RunReader | null;
  valuesAt: number;
}

function partsOf(column: Uint8Array, name: FieldName): Parts {
  const { kind, isOptional } = FIELDS[name];
  let at = 0;
  const runs = (): RunReader => {
    const from = at + 4;
    at = from + uint32At(column, at);
    return new RunReader(column, from, at);
  };
  const lists = kind === "counts" ? runs() : null;
  const levels = kind === "counts" || isOptional ? runs() : null;
  return { lists, levels, valuesAt: at };
}

const uint32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;

/** Whether a column of lists holds any value. */
export const hasValues = (column: Uint8Array, name: NameOf<"counts">): boolean =>
  partsOf(column, name).valuesAt < column.length;

/** Gives the numbers of a column one after another, in µs where they are times. */
export function numberReader(column: Uint8Array, name: NameOf<"count" | "time">): () => number | null {
  const { levels, valuesAt } = partsOf(column, name);
  const width = WIDTHS[FIELDS[name].kind];
  const planes: Planes = { from: valuesAt, stride: (column.length - valuesAt) / width };
  let at = 0;
  return () => (levels !== null && levels.take(1) === 0 ? null : readNumber(column, planes, width, at++));
}

/** Reads the lists of a column one after another into `values`, which the next list overwrites. */
export interface ListReader {
  values: Float64Array;
  /** The length of the next list. It is null where there is no list. */
  next(): number | null;
}

export function listReader(column: Uint8Array, name: NameOf<"counts">): ListReader {
  const { lists, levels, valuesAt } = partsOf(column, name);
  if (lists === null || levels === null) throw new TypeError(`${name} has no lists`);
  const planes: Planes = { from: valuesAt, stride: (column.length - valuesAt) / WIDTHS.counts };
  const { isOptional } = FIELDS[name];
  const full = isOptional ? 2 : 1;
  let at = 0;
  const reader: ListReader = {
    values: new Float64Array(0),
    next() {
      lists.take(1);
      const level = levels.take(1);
      if (level < full) return isOptional && level === 0 ? null : 0;
      let length = 1;
      if (lists.more() && lists.value === 1) {
        const { left } = lists;
        lists.take(left);
        levels.take(left);
        length += left;
      }
      if (length > reader.values.length) reader.values = new Float64Array(2 * length);
      readWords(column, planes, at, length, reader.values);
      at += length;
      return length;
    },
  };
  return reader;
}

/** Gives the texts of a column one after another. A text like the one before is not decoded again. */
export function textReader(column: Uint8Array, name: NameOf<"text">): () => string | null {
  const { levels, valuesAt } = partsOf(column, name);
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  let at = valuesAt;
  let [lastAt, lastLength, last] = [0, -1, ""];

  function isLast(from: number, length: number): boolean {
    if (length !== lastLength) return false;
    for (let i = 0; i < length; i++) if (column[from + i] !== column[lastAt + i]) return false;
    return true;
  }

  return () => {
    if (levels !== null && levels.take(1) === 0) return null;
    const length = uint32At(column, at);
    const from = at + 4;
    at = from + length;
    if (!isLast(from, length)) last = utf8.decode(column.subarray(from, at));
    lastAt = from;
    lastLength = length;
    return last;
  };
}

export function flagReader(column: Uint8Array): () => boolean {
  let at = 0;
  return () => {
    const bit = ((column[at >> 3] ?? 0) >> (at & 7)) & 1;
    at++;
    return bit === 1;
  };
}
