import { probit } from "simple-statistics";
import { NORMAL } from "../math/distribution.ts";
import type { RequestRow } from "../record/columns/table.ts";
import { type End, isOpen, valueAt } from "./statistics/bounds.ts";
import { cellAt, isSliced, type Share, sliceMs } from "./statistics/mean.ts";
import { quantile } from "./statistics/quantile.ts";
import { dueInWindow, emptyShares, type SteadyRun } from "./window/run.ts";

/**
 * What each slice of a window moves the logarithm of a figure by: its influence (Hampel, The Influence Curve and Its
 * Role in Robust Estimation, Journal of the American Statistical Association 69, 1974). Influences sum to 0, and how
 * they vary shows how sure the figure is. Those of two runs that were asked the same at the same time can be taken from
 * one another, and what both have in common goes.
 */
export interface Influence {
  /** The logarithm of the figure. */
  log: number;
  bySlice: number[];
  /** What one slice brings alone, no other slice confirms. Influences of before lack it. */
  brought?: Brought;
  /**
   * The logarithm if every value is as low, and as high, as merged chunks let it be (see `metric/statistics/bounds.ts`). Without
   * them there is none.
   */
  ends?: Record<End, number> | undefined;
}

/** The share of a figure that each slice brings, of 1, and of how many values these are shares. A sum has no number. */
export interface Brought {
  bySlice: number[];
  count: number;
}

/** Of Σ sum ÷ Σ weight: (sum − value × weight) ÷ Σ sum. It is null where nothing was counted. */
export function ofRatio(shares: Share[]): Influence | null {
  const sum = shares.reduce((total, share) => total + share.sum, 0);
  const weight = shares.reduce((total, share) => total + share.weight, 0);
  if (sum <= 0 || weight <= 0) return null;
  const value = sum / weight;
  return {
    log: Math.log(value),
    bySlice: shares.map((share) => (share.sum - value * share.weight) / sum),
    brought: { bySlice: shares.map((share) => share.sum / sum), count: Infinity },
  };
}

/** One value for each request of a window, by the slice in which it was due. */
export interface SlicedValues {
  values: Float64Array;
  slices: Int32Array;
  sorted: Float64Array;
  count: number;
}

function slicedValues(run: SteadyRun, valueOf: (request: RequestRow) => number | null): SlicedValues | null {
  if (!isSliced(run.window)) return null;
  const values = new Float64Array(run.records.length);
  const slices = new Int32Array(run.records.length);
  let length = 0;
  for (const request of dueInWindow(run)) {
    const value = valueOf(request);
    if (value === null) continue;
    values[length] = value;
    slices[length++] = cellAt(request.dueMs, run.window);
  }
  const known = values.subarray(0, length);
  return { values: known, slices, sorted: known.toSorted(), count: run.window.slices };
}

/**
 * Influences of one value for each request, with what merged chunks leave open of each. They are null where the window
 * has no slices, and each where `of` is. Where an end is not known the influence is not, either.
 */
export function requestInfluences(
  run: SteadyRun,
  valueOf: (request: RequestRow) => number | null,
): ((of: (values: SlicedValues) => Influence | null) => Influence | null) | null {
  const values = slicedValues(run, valueOf);
  if (values === null) return null;
  if (!Iterator.from(dueInWindow(run)).some(isOpen)) return (of) => of(values);
  const [lows, highs] = [
    slicedValues(run, valueAt(valueOf, "low")),
    slicedValues(run, valueAt(valueOf, "high")),
  ];
  return (of) => {
    const [influence, low, high] = [values, lows, highs].map((each) => (each === null ? null : of(each)));
    if (influence == null || low == null || high == null) return null;
    if (low.log === high.log) return influence;
    return {
      ...influence,
      // A request that shows no value as it was read may have one, so the value itself can lie outside both ends.
      ends: { low: Math.min(low.log, influence.log), high: Math.max(high.log, influence.log) },
    };
  };
}

/** Of a mean. It is null where a value was cut before it was known. */
export function ofMean({ values, slices, sorted, count }: SlicedValues): Influence | null {
  if (sorted.at(-1) === Infinity) return null;
  const shares = Array.from({ length: count }, () => ({ sum: 0, weight: 0 }));
  for (const [i, value] of values.entries()) {
    const share = shares[slices[i] ?? 0];
    if (share === undefined) continue;
    share.sum += value;
    share.weight++;
  }
  return ofRatio(shares);
}

/** With fewer values the reach beside a percentile says nothing. */
const LEAST_VALUES = 20;

/**
 * Of a percentile, smoothed: the mean of the logarithms of the values from rank p − h to rank p + h. What a value moves
 * it by is its own logarithm, kept between the ends of that reach, ÷ 2h (the influence of an L-statistic; Serfling,
 * Approximation Theorems of Mathematical Statistics, 8.2.4). The percentile itself hangs on one or two requests, of
 * which no twin shows how they vary. h is Hall's and Sheather's (On the Distribution of a Studentized Quantile, Journal
 * of the Royal Statistical Society B 50, 1988), and at most four fifths of the way to the end.
 */
export function ofPercentile({ values, slices, sorted, count }: SlicedValues, p: number): Influence | null {
  const n = sorted.length;
  if (n < LEAST_VALUES) return null;
  const reach = Math.min(bandwidth(n, p), 0.8 * Math.min(p, 1 - p));
  const [low, high] = [quantile(sorted, p - reach), quantile(sorted, p + reach)];
  if (!(low > 0) || high === Infinity) return null;
  let sum = 0;
  const logs = values.map((value) => {
    const log = Math.log(Math.min(Math.max(value, low), high));
    sum += log;
    return log;
  });
  const bySlice = Array.from({ length: count }, () => 0);
  const brought = Array.from({ length: count }, () => 0);
  const above = sorted.length - sorted.findLastIndex((value) => value <= low) - 1;
  for (const [i, log] of logs.entries()) {
    const slice = slices[i] ?? 0;
    bySlice[slice] = (bySlice[slice] ?? 0) + (log - sum / n) / (2 * reach * n);
    if ((values[i] ?? 0) > low) brought[slice] = (brought[slice] ?? 0) + 1 / above;
  }
  return {
    log: meanLog(sorted, p - reach, p + reach),
    bySlice,
    brought: { bySlice: brought, count: above },
  };
}

/** The mean of the logarithms of the values between two ranks. Quantiles stand for the values. */
function meanLog(sorted: Float64Array, from: number, to: number): number {
  const parts = Math.max(8, Math.ceil((to - from) * sorted.length));
  let sum = 0;
  for (let i = 0; i < parts; i++) sum += Math.log(quantile(sorted, from + ((i + 0.5) * (to - from)) / parts));
  return sum / parts;
}

function bandwidth(n: number, p: number): number {
  const z = probit(p);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return ((NORMAL * NORMAL) / n) ** (1 / 3) * ((1.5 * density * density) / (2 * z * z + 1)) ** (1 / 3);
}

/** How many ok requests were done in each slice. */
export function doneBySlice(run: SteadyRun): Share[] {
  const slices = emptyShares(run, sliceMs(run.window) / 1000);
  for (const { outcome, doneMs } of run.records.rows()) {
    const share = outcome === "ok" && doneMs !== null ? slices[cellAt(doneMs, run.window)] : undefined;
    if (share !== undefined) share.sum++;
  }
  return slices;
}
