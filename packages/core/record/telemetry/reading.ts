import type { ColumnRule } from "./column-rule.ts";
import { columnRule, type SegmentHeader } from "./sample.ts";

/** A reading as its writer wrote it: on the writer's own clock, its values in the order of the columns. */
export interface Reading {
  monotonicMs: number;
  /** The index of what was read, as the segment's header lists it. */
  identity: number;
  values: (number | null)[];
}

/** The longest line of a segment, in characters. */
export const LINE_MAX = 16 * 1024;

const ANY: ColumnRule = { unit: "", least: -Number.MAX_VALUE, most: Number.MAX_VALUE };
/** The two values that stand before those of the columns. */
const FIRST: ColumnRule[] = [
  { unit: "ms", least: 0, most: 1e12 },
  { unit: "1", least: 0, most: 255, isWhole: true },
];

/** Why a line was refused. */
export type LineReason =
  | "line_too_long"
  | "bad_json"
  | "not_an_array"
  | "wrong_length"
  | "not_a_number"
  | "out_of_range"
  | "not_whole"
  | "missing"
  | "unknown_identity";

/**
 * A reader of the lines of one segment. Each line is an array of numbers and nulls within their ranges. The
 * reader gives the reason if a line is anything else, and repairs nothing.
 */
export function readerOf({
  source,
  columns,
  identities,
}: SegmentHeader): (line: string) => Reading | LineReason {
  const rules = [...FIRST, ...columns.map(({ name }) => columnRule(source, name) ?? ANY)];
  const indices = new Set(identities.map(({ index }) => index));
  return (line) => {
    if (line.length > LINE_MAX) return "line_too_long";
    const values = parsedJson(line);
    if (values === undefined) return "bad_json";
    if (!Array.isArray(values)) return "not_an_array";
    if (values.length !== rules.length) return "wrong_length";
    for (const [place, { least, most, isWhole }] of rules.entries()) {
      const value: unknown = values[place];
      if (value === null) continue;
      if (typeof value !== "number") return "not_a_number";
      if (!(value >= least && value <= most)) return "out_of_range";
      if (isWhole === true && !Number.isInteger(value)) return "not_whole";
    }
    const [monotonicMs, identity, ...read] = values as (number | null)[];
    if (monotonicMs == null || identity == null) return "missing";
    return indices.has(identity) ? { monotonicMs, identity, values: read } : "unknown_identity";
  };
}

/** The parsed value, or undefined if the line is not JSON. */
export function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
