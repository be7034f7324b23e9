import { atLeast } from "./distribution.ts";

/** The share of a two-sided 95 % interval that lies on either side of it. */
export const TAIL = 0.025;

/** The confidence of an "at least". */
export const ONE_SIDED = 0.95;

/**
 * The largest rank whose value lies at or below the percentile with this confidence: P(Bin(n, p) ≥ rank). It
 * is 0 if there is none.
 */
export function lowerRank(n: number, p: number, confidence: number): number {
  return lastTrue(Math.floor(n), (rank) => atLeast(rank, Math.floor(n), p) >= confidence);
}

/**
 * The smallest rank whose value lies at or above the percentile with 97.5 % confidence: P(Bin(n, p) ≥ rank) ≤
 * 0.025.
 */
export function upperRank(n: number, p: number): number {
  return lastTrue(Math.floor(n), (rank) => atLeast(rank, Math.floor(n), p) > TAIL) + 1;
}

/**
 * The two ranks that tell on which side of a bound a percentile lies, each with 95 % confidence (see
 * `metric/objective-bound.ts`): as many values within the bound as `upper` put it below, and fewer than `lower` beyond.
 */
export const tellingRanks = (n: number, p: number): { upper: number; lower: number } => ({
  upper: lastTrue(n, (rank) => atLeast(rank, n, p) > 1 - ONE_SIDED) + 1,
  lower: lowerRank(n, p, ONE_SIDED),
});

/** The same by counts of independent values: so many within the bound, and so many more that may be. */
export function isCountWithin(
  { good, open, total }: { good: number; open: number; total: number },
  p: number,
): boolean | null {
  const { upper, lower } = tellingRanks(total, p);
  if (good >= upper) return true;
  return good + open < lower ? false : null;
}

/**
 * The last of 1 … n for which a condition holds, if it holds up to some point and not after. It is 0 if it
 * never holds.
 */
export function lastTrue(n: number, holds: (rank: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
