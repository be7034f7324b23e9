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
 * `metric/statistics/objective-bound.ts`): as many values within the bound as `upper` put it below, and fewer than `lower` beyond.
 */
export const tellingRanks = (n: number, p: number): { upper: number; lower: number } => ({
  upper: lastTrue(n, (rank) => atLeast(rank, n, p) > 1 - ONE_SIDED) + 1,
  lower: lowerRank(n, p, ONE_SIDED),
});

/** The fewest independent values that tell, all within a bound, that a percentile is: 59 for P95, 299 for P99. */
export const objectiveFloor = (p: number): number => Math.ceil(Math.log(1 - ONE_SIDED) / Math.log(p));

/** Where a rank among `nEff` lies among `n` values, from 0 to n − 1: at its fraction of all. */
export const positionOf = (rank: number, nEff: number, n: number): number =>
  Math.min(Math.max((rank * (n + 1)) / (Math.floor(nEff) + 1) - 1, 0), n - 1);

/** The 95 % quantile of the normal distribution. */
const Z = 1.645;

/**
 * About how many independent values tell on which side of a bound the percentile lies, if a share `beyond` of them
 * is beyond it: n = z²·p(1 − p) ÷ (beyond − (1 − p))², and at least the floor. It is Infinity if the percentile is
 * the bound.
 */
export function neededToTell(beyond: number, p: number): number {
  const apart = beyond - (1 - p);
  return Math.max(objectiveFloor(p), Math.ceil((Z ** 2 * p * (1 - p)) / apart ** 2));
}

/** Values of which only their number is known: within a bound, perhaps within it, and all. */
export interface Counted {
  good: number;
  open: number;
  total: number;
  /** How many independent values they are worth. */
  worth: number;
}

/** The same as `metric/statistics/objective-bound.ts` says of values, by counts. */
export function isCountWithin({ good, open, total, worth }: Counted, p: number): boolean | null {
  const n = Math.floor(worth);
  const { upper, lower } = tellingRanks(n, p);
  if (upper <= n && good > Math.ceil(positionOf(upper, worth, total))) return true;
  return lower >= 1 && good + open <= Math.floor(positionOf(lower, worth, total)) ? false : null;
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
