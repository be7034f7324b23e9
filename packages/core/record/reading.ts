import { SAMPLE_COLUMNS, type Sample, type SampleColumn } from "./sample.ts";

/** A reading as its agent wrote it: on the agent's own clock, with the GPU's index on that host. */
export type RawSample = Omit<Sample, "unixMs"> & { monotonicMs: number };

/** The longest line of a segment, in characters. */
export const LINE_MAX = 16 * 1024;

/**
 * The values that a reading can have. A line with a value outside is refused, because one such value would
 * spoil every mean.
 */
const RANGES: Record<SampleColumn, [least: number, most: number]> = {
  monotonicMs: [0, 1e12],
  gpu: [0, 255],
  powerW: [0, 5000],
  energyJ: [0, 1e13],
  utilPercent: [0, 100],
  memoryMiB: [0, 1e7],
  smMHz: [0, 1e5],
  memMHz: [0, 1e5],
  tempC: [-50, 150],
  throttle: [0, Number.MAX_SAFE_INTEGER],
};
const WHOLE = new Set<SampleColumn>(["gpu", "throttle"]);
const NEVER_NULL = new Set<SampleColumn>(["monotonicMs", "gpu"]);

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
  | "unknown_gpu";

/**
 * Reads one line of a segment: an array of numbers and nulls within their ranges. It gives the reason if the
 * line is anything else, and repairs nothing. Columns that this version does not know are skipped, so that
 * agents may add some. `powerMeanMs` has an entry for each GPU of the segment.
 */
export function sampleOf(
  line: string,
  columns: string[],
  powerMeanMs: Map<number, number>,
): RawSample | LineReason {
  if (line.length > LINE_MAX) return "line_too_long";
  const values = jsonOf(line);
  if (values === undefined) return "bad_json";
  if (!Array.isArray(values)) return "not_an_array";
  if (values.length !== columns.length) return "wrong_length";
  const read = new Map<SampleColumn, number>();
  for (const column of SAMPLE_COLUMNS) {
    const value: unknown = values[columns.indexOf(column)];
    if (value === undefined || value === null) {
      if (NEVER_NULL.has(column)) return "missing";
      continue;
    }
    if (typeof value !== "number") return "not_a_number";
    const [least, most] = RANGES[column];
    if (!(value >= least && value <= most)) return "out_of_range";
    if (WHOLE.has(column) && !Number.isInteger(value)) return "not_whole";
    read.set(column, value);
  }
  const gpu = read.get("gpu") ?? 0;
  const meanMs = powerMeanMs.get(gpu);
  if (meanMs === undefined) return "unknown_gpu";
  return {
    monotonicMs: read.get("monotonicMs") ?? 0,
    gpu,
    powerW: read.get("powerW") ?? null,
    energyJ: read.get("energyJ") ?? null,
    utilPercent: read.get("utilPercent") ?? null,
    memoryMiB: read.get("memoryMiB") ?? null,
    smMHz: read.get("smMHz") ?? null,
    memMHz: read.get("memMHz") ?? null,
    tempC: read.get("tempC") ?? null,
    throttle: read.get("throttle") ?? null,
    ...(meanMs > 0 && { powerMeanMs: meanMs }),
  };
}

/** The parsed value, or undefined if the line is not JSON. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
