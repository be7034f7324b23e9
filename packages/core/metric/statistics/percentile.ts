import type { Reason } from "../../codes.ts";
import { unknown, type Figure, type Spread } from "../../figure.ts";
import { flagged } from "./derive.ts";
import type { Sorted } from "./histogram.ts";
import { lowerRank, ONE_SIDED, positionOf, TAIL, upperRank } from "../../math/rank.ts";
import { finiteCount, floorOf, quantile } from "./quantile.ts";

/**
 * One percentile of values in ascending order, type 7 (numpy's default), with its interval from order
 * statistics. Infinity stands for a value that was cut before it was known (censored). It ranks above all
 * others, and a percentile that falls on one is null. `nEff` is how many independent values they are worth;
 * ranks are mapped as fractions. With too few values it is null, with "at least" where that is known. If there are
 * enough but they are worth too few, it stands, and its interval is open above.
 */
export function percentile(sorted: Sorted, p: number, nEff = sorted.length): Figure {
  const n = sorted.length;
  if (n === 0) return unknown("too_few");
  if (n < floorOf(p))
    return {
      ...unknown("too_few"),
      n,
      nEff,
      low: finite(atRank(sorted, lowerRank(nEff, p, ONE_SIDED), nEff)),
    };
  const low = finite(atRank(sorted, lowerRank(nEff, p, 1 - TAIL), nEff));
  if (sorted.at(Math.ceil((n - 1) * p)) === Infinity)
    return { ...unknown("censored"), n, nEff, low: low ?? largestFinite(sorted) };
  const isBounded = nEff >= floorOf(p);
  const high = isBounded ? atRank(sorted, upperRank(nEff, p), nEff) : null;
  const figure: Figure = {
    value: quantile(sorted, p),
    low,
    high: finite(high),
    n,
    nEff,
    method: "order_statistic",
    validity: "valid",
    reasons: [],
  };
  if (!isBounded) return flagged(figure, nEff < n / 2 ? "too_correlated" : "too_few");
  return high === Infinity ? flagged(figure, "censored") : figure;
}

/**
 * The figures of a distribution of values in ascending order, with Infinity for censored ones. `mean` comes
 * from the slices of the window. `nEffAt` gives how many independent values they are worth for a percentile.
 */
export function spread(
  sorted: Sorted,
  mean: Figure,
  nEffAt: (p: number) => number = () => sorted.length,
): Spread {
  const at = (p: number): Figure => percentile(sorted, p, nEffAt(p));
  const largest = sorted.at(sorted.length - 1);
  return {
    mean: largest === Infinity ? { ...unknown("censored"), n: sorted.length } : mean,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: largest === undefined ? null : finite(largest),
  };
}

/** A distribution about which nothing is known, for these reasons. */
export function unknownSpread(...reasons: Reason[]): Spread {
  const figure = unknown(...reasons);
  return { mean: figure, p50: figure, p90: figure, p95: figure, p99: figure, p999: figure, max: null };
}

/** A distribution with another figure in place of each. */
export const mapSpread = (spread: Spread, map: (figure: Figure) => Figure): Spread => ({
  mean: map(spread.mean),
  p50: map(spread.p50),
  p90: map(spread.p90),
  p95: map(spread.p95),
  p99: map(spread.p99),
  p999: map(spread.p999),
  max: spread.max,
});

/** A distribution whose every figure must be read with care for these reasons. */
export const flaggedSpread = (spread: Spread, ...reasons: Reason[]): Spread =>
  mapSpread(spread, (figure) => flagged(figure, ...reasons));

/** The value at a rank among `nEff`, mapped to its fraction of all values. It is null for rank 0. */
function atRank(sorted: Sorted, rank: number, nEff: number): number | null {
  if (rank < 1) return null;
  const position = positionOf(rank, nEff, sorted.length);
  const below = sorted.at(Math.floor(position));
  const above = sorted.at(Math.ceil(position));
  if (below === undefined || above === undefined) return null;
  return above === below ? below : below + (position - Math.floor(position)) * (above - below);
}

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

function largestFinite(sorted: Sorted): number | null {
  const known = finiteCount(sorted);
  return known === 0 ? null : (sorted.at(known - 1) ?? null);
}
