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

/** A steady stretch of a level, cut into equal slices. */
export interface Part extends Span {
  slices: number;
}

/** The steady time of a level: its parts in order of time. What lies between two of them is no part of it. */
export type Window = Part[];

const SLICES = { min: 10, max: 30 };
/** What rounding takes from a quotient must not cost a slice. */
const ROUNDING = 1e-9;

/** Into how many equal slices a window is cut: 10 to 30, each at least one median E2E. Null where that gives fewer than 10. */
export function sliceCount(lengthMs: number, medianE2eMs: number): number | null {
  const count = medianE2eMs > 0 ? Math.min(SLICES.max, Math.floor(lengthMs / medianE2eMs)) : SLICES.max;
  return count < SLICES.min ? null : count;
}

/** A window of these stretches: its slices are as long as those of one stretch of their length, and none lies in two of them. */
export function slicedWindow(stretches: Span[], medianE2eMs: number): Window {
  const totalMs = lengthMsOf(stretches);
  const perMs = (sliceCount(totalMs, medianE2eMs) ?? 1) / totalMs;
  return stretches.map(({ startMs, endMs }) => ({
    startMs,
    endMs,
    slices: Math.max(1, Math.floor((endMs - startMs) * perMs + ROUNDING)),
  }));
}

export const lengthMsOf = (stretches: Span[]): number =>
  stretches.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);

/** How long each slice of a window is, ms. */
export const sliceLengthsMs = (window: Window): number[] =>
  window.flatMap(({ startMs, endMs, slices }) =>
    Array.from({ length: slices }, () => (endMs - startMs) / slices),
  );

/** Whether a window has slices enough for an interval or a trend. */
export const isSliced = (window: Window): boolean =>
  window.reduce((sum, { slices }) => sum + slices, 0) >= SLICES.min;

export const isInWindow = (atMs: number, window: Window): boolean =>
  window.some(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);

/**
 * Which slice of a window a moment lies in. Outside of all it is no whole number or no index of a slice, in an order that never falls:
 * −½ before the window, i − ½ between two parts, before slice i, and their number after it.
 */
export function cellAt(atMs: number, window: Window): number {
  let before = 0;
  for (const { startMs, endMs, slices } of window) {
    if (atMs < startMs) return before - 0.5;
    if (atMs < endMs)
      return before + Math.min(slices - 1, Math.floor(((atMs - startMs) / (endMs - startMs)) * slices));
    before += slices;
  }
  return before;
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
