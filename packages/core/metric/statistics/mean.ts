import { unknown, type Figure } from "../../figure.ts";
import { type Batches, batchesOf, FOR_MEANS, halfWidthOfSum, isTooCorrelated } from "../../math/batches.ts";
import { flagged, single } from "./derive.ts";
import { studentQuantile } from "../../math/distribution.ts";

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
  /** See `Window`. */
  excess?: number;
}

/** The steady time of a level, divided into equal slices. */
export interface Window extends Span {
  slices: number;
  /**
   * At a rate: how many more requests were due in each slice than the rate brings. The draw of arrivals moves figures,
   * and the schedule knows it.
   */
  excess?: number[];
  /** How much was cut at its start, because the endpoint still warmed up there, ms. */
  warmUpMs?: number;
  /** Whether it is one of several stretches of one measurement, as a search makes, and no repeat of it. */
  isPart?: boolean;
}

/** The five batches of a mean hold twelve slices each, and the ten of a percentile six. */
const SLICES = 60;
/** A tenth of a window must hold a median E2E, because a request takes part in all of its own time. */
const LEAST_E2E = 10;

/**
 * A window with its slices. One that is shorter than ten median E2E has a slice for each of them, which shows how sums
 * vary and nothing finer.
 */
export function slicedWindow(span: Span, medianE2eMs: number): Window {
  const e2es = lengthMsOf(span) / medianE2eMs;
  return { ...span, slices: e2es < LEAST_E2E ? Math.max(1, Math.floor(e2es)) : SLICES };
}

export const lengthMsOf = ({ startMs, endMs }: Span): number => endMs - startMs;

/** Whether these windows are parts of one measurement, for `meanOf`. */
export const asParts = (runs: { window: Window }[]): { parts: boolean } => ({
  parts: runs.length > 1 && runs.every(({ window }) => window.isPart === true),
});

/** The length of each slice of a window, ms. */
export const sliceMs = (window: Window): number => lengthMsOf(window) / window.slices;

/** With fewer slices than this a window shows no trend, and not how shares of its values vary. */
const LEAST_SLICES = 10;

/** Whether a window has enough slices for a trend, and for shares. */
export const isSliced = ({ slices }: Window): boolean => slices >= LEAST_SLICES;

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
 * The batches of a window of few slices, each a median E2E long. A batch holds two at least, because requests of one
 * reach into the next, and one batch alone says nothing of how batches vary. `--scenarios intervals` chose three.
 */
const FEW = { perBatch: 2, least: 2, most: 3 };

const batchesIn = (slices: number): number => Math.min(FEW.most, Math.floor(slices / FEW.perBatch));

/** The batches by which a mean of a window of so many median latencies has its interval. */
export const batchesOfMean = (latencies: number): Batches =>
  latencies < LEAST_E2E ? batchesOf(Math.max(FEW.least, batchesIn(Math.floor(latencies)))) : FOR_MEANS;

/**
 * Σ sum ÷ Σ weight with its 95 % interval: that of the sum of all residuals, sum − value × weight (a ratio estimator;
 * Cochran, Sampling Techniques, 6.4), by overlapping batch means over the slices of one window. If a level ran more
 * than once, there is one share for each run, and the interval is that between runs. Parts of one measurement are put
 * end to end instead: two or three runs say too little of how runs differ (Student's t of two is 12.7).
 */
export function meanOf(repeats: Share[][], n: number, { parts = false } = {}): Figure {
  const runs = parts ? [repeats.flat()] : repeats;
  const shares = runs.length > 1 ? runs.map(totalOf) : (runs[0] ?? []);
  const total = totalOf(shares);
  if (total.weight === 0) return unknown("too_few");
  const value = total.sum / total.weight;
  const enough =
    runs.length > 1 ? shares.every((share) => share.weight > 0) : batchesIn(shares.length) >= FEW.least;
  if (!enough) return single(value, n);
  const residuals = shares.map((share) => share.sum - value * share.weight);
  const half = (runs.length > 1 ? betweenRuns(residuals) : withinRun(residuals, shares)) / total.weight;
  // What is never negative has no negative mean.
  const least = shares.every(({ sum }) => sum >= 0) ? 0 : -Infinity;
  const figure: Figure = {
    value,
    low: Math.max(least, value - half),
    high: value + half,
    n,
    nEff: null,
    method: runs.length > 1 ? "between_runs" : "batch_means",
    validity: "valid",
    reasons: [],
  };
  const isMaterial = runs.length === 1 && shares.length > LEAST_SLICES && half > SETTLED * Math.abs(value);
  return isMaterial && isTooCorrelated(residuals) ? flagged(figure, "too_correlated") : figure;
}

/** A value that is known to a thousandth is known, whatever leans on what. */
const SETTLED = 0.001;

function withinRun(residuals: number[], shares: Share[]): number {
  const excess = shares.flatMap((share) => share.excess ?? []);
  const batches = residuals.length < LEAST_SLICES ? batchesOf(batchesIn(residuals.length)) : FOR_MEANS;
  return halfWidthOfSum(residuals, batches, excess.length === shares.length ? excess : null);
}

function betweenRuns(residuals: number[]): number {
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const error = Math.sqrt((residuals.length / (residuals.length - 1)) * squares);
  return studentQuantile(0.975, residuals.length - 1) * error;
}

function totalOf(shares: Share[]): Share {
  return shares.reduce(
    (total, share) => ({ sum: total.sum + share.sum, weight: total.weight + share.weight }),
    { sum: 0, weight: 0 },
  );
}
