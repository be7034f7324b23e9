import { lastTrue, TAIL } from "../../math/rank.ts";
import type { Sorted } from "./histogram.ts";

/**
 * The smallest number of independent values from which a percentile has a two-sided 95 % interval. It is the
 * smallest n at which the largest value lies above the percentile with 97.5 % confidence, pⁿ ≤ 0.025: 6, 36,
 * 72, 368 and 3,688 for p50, p90, p95, p99 and p99.9.
 */
export const floorOf = (p: number): number => Math.ceil(Math.log(TAIL) / Math.log(p));

/**
 * The type-7 quantile (numpy's default), which is linear between the two nearest ranks. It is NaN without
 * values.
 */
export function quantile(sorted: Sorted, p: number, count = sorted.length): number {
  const position = (count - 1) * p;
  const below = sorted.at(Math.floor(position)) ?? Number.NaN;
  const share = position - Math.floor(position);
  return share === 0 ? below : below + share * ((sorted.at(Math.ceil(position)) ?? Number.NaN) - below);
}

/** The type-7 median of values in ascending order, or null without values. */
export const medianOfSorted = (sorted: Sorted): number | null =>
  sorted.length === 0 ? null : quantile(sorted, 0.5);

/** The type-7 median, or null without values. */
export const median = (values: number[]): number | null => medianOfSorted(Float64Array.from(values).sort());

const QUANTILES = 101;

/** 101 type-7 quantiles, 0 to 100 %, of the finite values. They draw a distribution. */
export function quantiles(sorted: Sorted): number[] {
  const known = finiteCount(sorted);
  return known === 0
    ? []
    : Array.from({ length: QUANTILES }, (_, i) => quantile(sorted, i / (QUANTILES - 1), known));
}

/** How many values come before the first Infinity. */
export function finiteCount(sorted: Sorted): number {
  return lastTrue(sorted.length, (count) => sorted.at(count - 1) !== Infinity);
}
