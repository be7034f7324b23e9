import { unknown, type Figure } from "../report/figure.ts";
import { single } from "./derive.ts";
import { studentQuantile } from "./interval.ts";

/** From and to, in ms from T0 of a run. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** What one slice of a window (or one whole run) adds to a mean: a sum, and what it is divided by (a count, or seconds). */
export interface Share {
  sum: number;
  weight: number;
}

const SLICES = { min: 10, max: 30 };

/** Into how many equal slices a window is cut: 10 to 30, each at least one median E2E. Null where that gives fewer than 10. */
export function sliceCount(lengthMs: number, medianE2eMs: number): number | null {
  const count = medianE2eMs > 0 ? Math.min(SLICES.max, Math.floor(lengthMs / medianE2eMs)) : SLICES.max;
  return count < SLICES.min ? null : count;
}

/** Where a moment lies among the equal slices of a window, or null outside it. */
export function sliceAt(atMs: number, window: Span, count: number): number | null {
  if (atMs < window.startMs || atMs >= window.endMs) return null;
  return Math.min(count - 1, Math.floor(((atMs - window.startMs) / (window.endMs - window.startMs)) * count));
}

/** As `sliceAt`, in an order that never falls: −1 before the window, `count` after it. */
export function cellAt(atMs: number, window: Span, count: number): number {
  if (atMs < window.startMs) return -1;
  return sliceAt(atMs, window, count) ?? count;
}

/**
 * Σ sum ÷ Σ weight with the 95 % interval of a ratio estimator (Cochran, Sampling Techniques, 6.4) and Student's t. The shares are
 * the slices of one window (batch means), or one share a run where a level ran more than once (between runs).
 */
export function meanOf(runs: Share[][], n: number): Figure {
  const shares = runs.length > 1 ? runs.map(totalOf) : (runs[0] ?? []);
  const total = totalOf(shares);
  if (total.weight === 0) return unknown("too_few");
  const value = total.sum / total.weight;
  const enough = runs.length > 1 ? shares.every((share) => share.weight > 0) : shares.length >= SLICES.min;
  if (!enough) return single(value, n);
  const squares = shares.reduce((sum, share) => sum + (share.sum - value * share.weight) ** 2, 0);
  const error = Math.sqrt((shares.length / (shares.length - 1)) * squares) / total.weight;
  const half = studentQuantile(0.975, shares.length - 1) * error;
  return {
    value,
    low: value - half,
    high: value + half,
    n,
    nEff: null,
    method: runs.length > 1 ? "between_runs" : "batch_means",
    validity: "valid",
    reasons: [],
  };
}

function totalOf(shares: Share[]): Share {
  return shares.reduce((total, share) => ({ sum: total.sum + share.sum, weight: total.weight + share.weight }), { sum: 0, weight: 0 });
}
