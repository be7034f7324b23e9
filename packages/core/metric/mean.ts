import { unknown, type Figure } from "../figure.ts";
import { single } from "./derive.ts";
import { studentQuantile } from "./interval.ts";

/** A time from start to end, in ms from T0 of a run. */
export interface Span {
  startMs: number;
  endMs: number;
}

/**
 * What one slice of a window (or one whole run) adds to a mean: a sum, and the count or seconds by which it
 * is divided.
 */
export interface Share {
  sum: number;
  weight: number;
}

/** The steady time of a level, divided into equal slices. */
export interface Window extends Span {
  slices: number;
}

const SLICES = { min: 10, max: 30 };

/**
 * The number of equal slices of a window: 10 to 30, each at least one median E2E long. It is null if that
 * gives fewer than 10.
 */
export function sliceCount(lengthMs: number, medianE2eMs: number): number | null {
  const count = medianE2eMs > 0 ? Math.min(SLICES.max, Math.floor(lengthMs / medianE2eMs)) : SLICES.max;
  return count < SLICES.min ? null : count;
}

/** A window with as many slices as its length allows, or with a single one if those would be too few. */
export const slicedWindow = (span: Span, medianE2eMs: number): Window => ({
  ...span,
  slices: sliceCount(lengthMsOf(span), medianE2eMs) ?? 1,
});

export const lengthMsOf = ({ startMs, endMs }: Span): number => endMs - startMs;

/** The length of each slice of a window, ms. */
export const sliceMs = (window: Window): number => lengthMsOf(window) / window.slices;

/** Whether a window has enough slices for an interval or a trend. */
export const isSliced = ({ slices }: Window): boolean => slices >= SLICES.min;

export const isInWindow = (atMs: number, { startMs, endMs }: Span): boolean =>
  atMs >= startMs && atMs < endMs;

/**
 * The slice of a window in which a moment lies: −1 before the window, and the number of slices after it. So
 * it never falls as time goes on.
 */
export function cellAt(atMs: number, { startMs, endMs, slices }: Window): number {
  if (atMs < startMs) return -1;
  if (atMs >= endMs) return slices;
  return Math.min(slices - 1, Math.floor(((atMs - startMs) / (endMs - startMs)) * slices));
}

/**
 * Σ sum ÷ Σ weight with the 95 % interval of a ratio estimator (Cochran, Sampling Techniques, 6.4) and
 * Student's t. The shares are the slices of one window (batch means). If a level ran more than once, there is
 * one share for each run (between runs).
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
