import { effectiveSizeOfShare } from "../../math/effective-size.ts";
import type { Span } from "./mean.ts";

/** The slices of a span whose shares of large values are compared. Ten batches hold six each. */
const SLICES = 60;
/** The same function, which computes each of its answers once. */
export function remembered(sizeAt: (p: number) => number): (p: number) => number {
  const known = new Map<number, number>();
  return (p) => {
    const size = known.get(p) ?? sizeAt(p);
    known.set(p, size);
    return size;
  };
}

/** Values at their times in a span. */
export interface TimedValues {
  add(atMs: number, value: number): void;
  /** How many independent values they are worth for the share of them that lies above `threshold`. */
  effectiveSize(threshold: number): number;
}

/** `most` is the largest number of values. */
export function createTimedValues({ startMs, endMs }: Span, most: number): TimedValues {
  const values = new Float64Array(most);
  const slices = new Uint8Array(most);
  const all = new Float64Array(SLICES);
  let length = 0;
  return {
    add(atMs, value) {
      const slice = Math.max(
        0,
        Math.min(SLICES - 1, Math.floor(((atMs - startMs) / (endMs - startMs)) * SLICES)),
      );
      values[length] = value;
      slices[length] = slice;
      all[slice] = (all[slice] ?? 0) + 1;
      length++;
    },
    effectiveSize(threshold) {
      const above = new Float64Array(SLICES);
      for (let i = 0; i < length; i++) {
        const slice = slices[i] ?? 0;
        if ((values[i] ?? 0) > threshold) above[slice] = (above[slice] ?? 0) + 1;
      }
      return effectiveSizeOfShare(above, all);
    },
  };
}
