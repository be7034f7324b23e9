import { lengthMsOf, type Span } from "../statistics/mean.ts";

/** A window below this many median E2E shows starts and ends rather than a steady state. */
const SHORTEST_E2E = 3;

export const isTooShort = (window: Span, medianE2eMs: number): boolean =>
  lengthMsOf(window) < SHORTEST_E2E * medianE2eMs;

/**
 * The window of a closed loop. It starts one median E2E after all users are in flight. It ends with the stop,
 * or when the first user has no request left to send. It is never negative: an end before the start gives an
 * empty window.
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
const openLoopStartMs = (largestWarmupE2eMs: number | null): number =>
  Math.max(OPEN_LOOP_LEAD_MS, largestWarmupE2eMs ?? 0);

/**
 * The time from which on a level that still runs counts as steady, ms from T0. In an open loop the window starts
 * there too. The window of a closed loop is known only when the level is over, so its planned ramp and the warm-up's
 * largest E2E stand for it.
 */
export const steadyFromMs = (
  level: { isOpenLoop: boolean; rampS: number },
  largestWarmupE2eMs: number | null,
): number =>
  level.isOpenLoop ? openLoopStartMs(largestWarmupE2eMs) : 1000 * level.rampS + (largestWarmupE2eMs ?? 0);

/**
 * The window of an open loop. It starts at max(2 s, the warm-up's largest E2E) and ends at the planned end,
 * or at the stop if that came before. It never follows what arrived.
 */
export function openLoopWindow(level: {
  largestWarmupE2eMs: number | null;
  durationMs: number;
  stopMs?: number;
}): Span {
  const startMs = openLoopStartMs(level.largestWarmupE2eMs);
  return { startMs, endMs: Math.max(startMs, Math.min(level.durationMs, level.stopMs ?? Infinity)) };
}
