import { unknown, type Figure } from "../figure.ts";
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

/** The steady time of a level, cut into equal slices. */
export interface Window extends Span {
  slices: number;
}

const SLICES = { min: 10, max: 30 };

/** Into how many equal slices a window is cut: 10 to 30, each at least one median E2E. Null where that gives fewer than 10. */
export function sliceCount(lengthMs: number, medianE2eMs: number): number | null {
  const count = medianE2eMs > 0 ? Math.min(SLICES.max, Math.floor(lengthMs / medianE2eMs)) : SLICES.max;
  return count < SLICES.min ? null : count;
}

/** A window in as many slices as its length allows; in a single one where those would be too few. */
export const slicedWindow = (span: Span, medianE2eMs: number): Window => ({
  ...span,
  slices: sliceCount(lengthMsOf(span), medianE2eMs) ?? 1,
});

export const lengthMsOf = ({ startMs, endMs }: Span): number => endMs - startMs;

/** How long each slice of a window is, ms. */
export const sliceMs = (window: Window): number => lengthMsOf(window) / window.slices;

/** Whether a window has slices enough for an interval or a trend. */
export const isSliced = ({ slices }: Window): boolean => slices >= SLICES.min;

export const isInWindow = (atMs: number, { startMs, endMs }: Span): boolean =>
  atMs >= startMs && atMs < endMs;

/** Which slice of a window a moment lies in, in an order that never falls: −1 before the window, the number of slices after it. */
export function cellAt(atMs: number, { startMs, endMs, slices }: Window): number {
  if (atMs < startMs) return -1;
  if (atMs >= endMs) return slices;
  return Math.min(slices - 1, Math.floor(((atMs - startMs) / (endMs - startMs)) * slices));
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
  return shares.reduce(
    (total, share) => ({ sum: total.sum + share.sum, weight: total.weight + share.weight }),
    { sum: 0, weight: 0 },
  );
}
