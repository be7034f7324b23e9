import { ttftMs } from "./latency.ts";
import { cellAt, isSliced, type Share } from "./mean.ts";
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

/**
 * Whether a run is not steady. In a closed loop output tokens/s show it best, because they hardly vary; in an open loop
 * they follow the draw of arrivals, and what is in flight shows a queue that grows.
 */
export const isUnsteady = (
  run: SteadyRun,
  isOpenLoop: boolean,
  bySlice: { tokens: Share[]; inFlight: Share[] },
): boolean =>
  drifts(ttftBySlice(run)) ||
  (isOpenLoop ? drifts(bySlice.inFlight) : drifts(bySlice.tokens) || beginsApart(bySlice.tokens));
