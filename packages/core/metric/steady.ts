import { studentQuantile } from "./interval.ts";
import { cellAt, isSliced } from "./mean.ts";
import { ttftMs } from "./latency.ts";
import { dueInWindow, emptyShares, type SteadyRun } from "./run.ts";
import { inFlightBySlice } from "./throughput.ts";

const CONFIDENCE = 0.99;
const DRIFT = 0.1;

/**
 * Whether a series of slice means drifts: its slope differs from 0 at 1 % (two-sided t-test of a
 * least-squares line) and moves the mean by more than 10 % from one end of the window to the other.
 */
export function drifts(means: number[]): boolean {
  const n = means.length;
  if (n < 4) return false;
  const middle = (n - 1) / 2;
  const mean = means.reduce((sum, value) => sum + value, 0) / n;
  const squaresOfX = (n * (n * n - 1)) / 12;
  const slope = means.reduce((sum, value, i) => sum + (i - middle) * value, 0) / squaresOfX;
  if (Math.abs(slope * n) <= DRIFT * Math.abs(mean)) return false;
  const residual = means.reduce((sum, value, i) => sum + (value - mean - slope * (i - middle)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / squaresOfX);
  return Math.abs(slope) > studentQuantile(1 - (1 - CONFIDENCE) / 2, n - 2) * error;
}

/** Whether TTFT drifts over the window of any run, by its slices. */
export const ttftDrifts = (runs: SteadyRun[]): boolean => runs.some((run) => drifts(ttftBySlice(run)));

/** Whether in flight drifts over the window of any run. It can only do so in an open loop. */
export const inFlightDrifts = (runs: SteadyRun[]): boolean =>
  runs.some((run) => isSliced(run.window) && drifts(inFlightBySlice(run)));

function ttftBySlice(run: SteadyRun): number[] {
  if (!isSliced(run.window)) return [];
  const slices = emptyShares(run);
  for (const request of dueInWindow(run)) {
    const value = ttftMs(request);
    const slice = slices[cellAt(request.dueMs, run.window)];
    if (slice === undefined || value === null || !Number.isFinite(value)) continue;
    slice.sum += value;
    slice.weight++;
  }
  return slices.flatMap(({ sum, weight }) => (weight === 0 ? [] : [sum / weight]));
}
