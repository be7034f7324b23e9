import { lengthMsOf, type Span } from "./mean.ts";

/** A window below this many median E2E shows beginnings and ends rather than a steady state. */
const SHORTEST_E2E = 3;

export const isTooShort = (window: Span, medianE2eMs: number): boolean =>
  lengthMsOf(window) < SHORTEST_E2E * medianE2eMs;

/**
 * Closed loop: from the moment all users are in flight plus one median E2E, to the stop or the first moment a user is idle for good.
 * Never negative: an end before the start gives an empty window.
 */
export function closedLoopWindow(level: {
  allInFlightMs: number;
  stopMs: number;
  firstIdleMs: number | null;
  medianE2eMs: number;
}): Span {
  const startMs = level.allInFlightMs + level.medianE2eMs;
  return { startMs, endMs: Math.max(startMs, Math.min(level.stopMs, level.firstIdleMs ?? Infinity)) };
}

const OPEN_LOOP_LEAD_MS = 2000;

/**
 * Open loop: from max(2 s, the largest E2E of the warm-up) to the planned end, never from what arrived. Where sending was stopped
 * before, to the stop.
 */
export function openLoopWindow(level: {
  largestWarmupE2eMs: number | null;
  durationMs: number;
  stopMs?: number;
}): Span {
  const startMs = Math.max(OPEN_LOOP_LEAD_MS, level.largestWarmupE2eMs ?? 0);
  return { startMs, endMs: Math.max(startMs, Math.min(level.durationMs, level.stopMs ?? Infinity)) };
}
