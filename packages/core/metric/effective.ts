import { FOR_SHARES, halfWidthOfSum } from "./batches.ts";
import { NORMAL } from "../math/distribution.ts";
import type { Span } from "./mean.ts";

/** The slices of a span whose shares of large values are compared. Ten batches hold six each. */
const SLICES = 60;
/**
 * How many independent values would know a share as well: share × (1 − share) ÷ its variance, by batch means over
 * slices in time. It is at most their number, and their number where all or none are counted in. `counted` and `all`
 * are those of each slice.
 */
export function effectiveSizeOfShare(counted: ArrayLike<number>, all: ArrayLike<number>): number {
  const total = sumOf(all);
  const share = total === 0 ? 0 : sumOf(counted) / total;
  const variance = share * (1 - share);
  if (variance === 0) return total;
  const residuals = Array.from(counted, (count, i) => count - share * (all[i] ?? 0));
  const half = halfWidthOfSum(residuals, FOR_SHARES) / total;
  return half === 0 ? total : Math.min(total, variance * (NORMAL / half) ** 2);
}

/** The same function, which computes each of its answers once. */
export function remembered(sizeAt: (p: number) => number): (p: number) => number {
  const known = new Map<number, number>();
  return (p) => {
    const size = known.get(p) ?? sizeAt(p);
    known.set(p, size);
    return size;
  };
}

const sumOf = (counts: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] ?? 0;
  return sum;
};

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
