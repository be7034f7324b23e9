import { ByteList } from "./byte-list.ts";
import { type Field, WIDTHS } from "./fields.ts";
import { createPlanes } from "./planes.ts";
import type { RequestRecord } from "../record.ts";
import { RunWriter } from "./runs.ts";

/**
 * The body of a Parquet data page (version 1) before it is packed: one column of one block. The levels that
 * say where lists begin and what is null come first, each behind its length, then the values. `entries`
 * counts values, nulls and empty lists.
 */
export interface Column {
  bytes: Uint8Array;
  entries: number;
}

/** Writes one column. After `take` it begins anew. */
export interface ColumnWriter {
  add(record: RequestRecord): void;
  take(): Column;
}

export function createColumnWriter(field: Field): ColumnWriter {
  switch (field.kind) {
    case "count":
    case "time":
      return numberWriter(field);
    case "counts":
      return listWriter(field);
    case "text":
      return textWriter(field);
    default:
      return flagWriter(field);
  }
}

type Of<Kind extends Field["kind"]> = Extract<Field, { kind: Kind }>;

function numberWriter({ kind, isOptional, of }: Of<"count" | "time">): ColumnWriter {
  const levels = new RunWriter();
  const planes = createPlanes(WIDTHS[kind]);
  const [least, most] = kind === "count" ? [0, 2 ** 31 - 1] : [-(2 ** 52), 2 ** 52];
  let entries = 0;
  return {
    add(record) {
      const value = of(record);
      entries++;
      if (isOptional) levels.add(value === null ? 0 : 1, 1);
      if (value === null) return;
      if (!(value >= least && value <= most && Number.isInteger(value)))
        throw new RangeError(`${value} is no ${kind}`);
      planes.add(value);
    },
    take() {
      const column = columnOf(entries, isOptional ? [levels.take()] : [], planes.take());
      entries = 0;
      return column;
    },
  };
}

function listWriter({ isOptional, of }: Of<"counts">): ColumnWriter {
  const lists = new RunWriter();
  const levels = new RunWriter();
  const planes = createPlanes(WIDTHS.counts);
  const empty = isOptional ? 1 : 0;
  let entries = 0;
  return {
    add(record) {
      const values = of(record);
      lists.add(0, 1);
      if (values === null || values.length === 0) {
        entries++;
        levels.add(values === null ? 0 : empty, 1);
        return;
      }
      entries += values.length;
      lists.add(1, values.length - 1);
      levels.add(empty + 1, values.length);
      planes.addWords(values);
    },
    take() {
      const column = columnOf(entries, [lists.take(), levels.take()], planes.take());
      entries = 0;
      return column;
    },
  };
}

/** A text is UTF-8 behind its length. */
function textWriter({ isOptional, of }: Of<"text">): ColumnWriter {
  const utf8 = new TextEncoder();
  const levels = new RunWriter();
  const texts = new ByteList();
  let entries = 0;
  return {
    add(record) {
      const value = of(record);
      entries++;
      if (isOptional) levels.add(value === null ? 0 : 1, 1);
      if (value === null) return;
      // No unit of UTF-16 takes more than three bytes.
      const bytes = texts.room(4 + 3 * value.length);
      const { written } = utf8.encodeInto(value, bytes.subarray(texts.length + 4));
      putUint32(bytes, texts.length, written);
      texts.length += 4 + written;
    },
    take() {
      const column = columnOf(entries, isOptional ? [levels.take()] : [], [texts.view()]);
      texts.length = 0;
      entries = 0;
      return column;
    },
  };
}

/** Flags are bits, the lowest of a byte first. */
function flagWriter({ of }: Of<"flag">): ColumnWriter {
  const flags = new ByteList();
  let entries = 0;
  return {
    add(record) {
      if (entries % 8 === 0) flags.push(0);
      const last = flags.length - 1;
      if (of(record)) flags.bytes[last] = (flags.bytes[last] ?? 0) | (1 << (entries % 8));
      entries++;
    },
    take() {
      const column = columnOf(entries, [], [flags.view()]);
      flags.length = 0;
      entries = 0;
      return column;
    },
  };
}

function columnOf(entries: number, levels: Uint8Array[], values: Uint8Array[]): Column {
  const size = (parts: Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(4 * levels.length + size(levels) + size(values));
  let at = 0;
  for (const runs of levels) {
    putUint32(bytes, at, runs.length);
    bytes.set(runs, at + 4);
    at += 4 + runs.length;
  }
  for (const part of values) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, entries };
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  for (let byte = 0; byte < 4; byte++) bytes[at + byte] = value >>> (8 * byte);
}
