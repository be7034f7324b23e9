import { demandOf, type Load } from "../../load.ts";
import type { OpenDemand } from "../../load/rate.ts";
import { edgeNoise } from "../../load/sustained.ts";
import { ttftMs } from "../statistics/latency.ts";
import { cellAt, isInWindow, isSliced, lengthMsOf, type Share } from "../statistics/mean.ts";
import { dueInWindow, emptyShares, type SteadyRun } from "./run.ts";
import { beginsApart, drifts } from "./steady.ts";

/** The TTFTs of a run by slice, of requests that have one. */
function ttftBySlice(run: SteadyRun): Share[] {
  const slices = emptyShares(run);
  if (!isSliced(run.window)) return slices;
  for (const request of dueInWindow(run)) {
    const value = ttftMs(request);
    const slice = slices[cellAt(request.dueMs, run.window)];
    if (slice === undefined || value === null || !Number.isFinite(value)) continue;
    slice.sum += value;
    slice.weight++;
  }
  return slices;
}

/** A queue that takes less than this share of what is due in a window is no drift. */
const GROWS = 0.1;
/** Chance is given four standard deviations, as where a level that only grows is ended (`growth.ts`). */
const NOISES = 2;

/**
 * Whether more is due in a window of few latencies than ends in it. Its slices are too few for a line, and they are
 * few because a queue has grown: the latency of those that wait in it is what a slice must hold. In the first latency
 * requests in flight may still become as many as the rate asks for, which is no queue.
 */
function fallsBehind(run: SteadyRun, { dispersion }: OpenDemand): boolean {
  if (isSliced(run.window)) return false;
  const e2eMs = run.medianE2eMs ?? 0;
  const filled = { startMs: run.window.startMs + e2eMs, endMs: run.window.endMs };
  let [due, ended] = [0, 0];
  for (const { dueMs, leftMs } of run.records.rows()) {
    if (isInWindow(dueMs, filled)) due++;
    if (isInWindow(leftMs, filled)) ended++;
  }
  const windowS = lengthMsOf(filled) / 1000;
  const noise = edgeNoise(
    { dispersion, ratePerS: due / windowS },
    { windowS, e2eS: e2eMs / 1000, windows: 1 },
  );
  return due - ended > Math.max(GROWS * due, NOISES * noise);
}

/**
 * Whether a run is not steady. In a closed loop output tokens/s show it best, because they hardly vary; in an open loop
 * they follow the draw of arrivals, and what is in flight shows a queue that grows.
 */
export function isUnsteady(
  run: SteadyRun,
  load: Load,
  bySlice: { tokens: Share[]; inFlight: Share[] },
): boolean {
  if (drifts(ttftBySlice(run))) return true;
  const demand = demandOf(load);
  return demand.isOpenLoop
    ? drifts(bySlice.inFlight) || fallsBehind(run, demand)
    : drifts(bySlice.tokens) || beginsApart(bySlice.tokens);
}
