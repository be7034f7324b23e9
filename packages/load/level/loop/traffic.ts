import type { Traffic } from "@brimline/core/metric/window/growth";
import type { Span } from "@brimline/core/metric/statistics/mean";
import type { RequestDone } from "../../request/request.ts";

const SLICES = 60;
const SLICE_MIN_MS = 1000;

/**
 * Counts what a shard sends and ends in slices of its window. A slice is a 60th of the window, and at least 1
 * s. Times are in ms from T0.
 */
export function createTraffic(window: Span) {
  const sliceMs = Math.max(SLICE_MIN_MS, (window.endMs - window.startMs) / SLICES);
  const sums: { sent: number; ended: number; ttftMs: number; answered: number }[] = [];

  const numberOf = (atMs: number): number => Math.floor((atMs - window.startMs) / sliceMs);
  function sumsUntil(number: number): void {
    while (sums.length < number) sums.push({ sent: 0, ended: 0, ttftMs: 0, answered: 0 });
  }
  function sumsAt(atMs: number) {
    sumsUntil(numberOf(atMs) + 1);
    return sums[numberOf(atMs)];
  }

  return {
    sliceMs,
    sent(atMs: number): void {
      const slice = sumsAt(atMs);
      if (slice !== undefined) slice.sent++;
    },
    done(atMs: number, { outcome, firstMs, sentMs }: RequestDone): void {
      const slice = sumsAt(atMs);
      if (slice === undefined) return;
      slice.ended++;
      if (outcome !== "ok" || firstMs === null) return;
      slice.ttftMs += firstMs - sentMs;
      slice.answered++;
    },
    /** The slices that are over. */
    slices(nowMs: number): Traffic[] {
      sumsUntil(numberOf(nowMs));
      return sums.slice(0, Math.max(0, numberOf(nowMs))).map(({ sent, ended, ttftMs, answered }) => ({
        sent,
        ended,
        ttftMs: answered === 0 ? null : ttftMs / answered,
      }));
    },
  };
}
