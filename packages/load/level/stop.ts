import { performance } from "node:perf_hooks";
import type { Alarm } from "../clock/alarm.ts";

/** A sleep that a stop ends. */
export interface Stop {
  readonly isStopped: boolean;
  /** Resolves at this monotonic ms, or at the stop, whichever is first; up to some ms late. */
  sleepUntil(atMs: number): Promise<void>;
  /**
   * The same to a fraction of a ms, by that alarm: the event loop sleeps meanwhile and reads sockets as ever. Where the alarm does not
   * ring, timers end the sleep, some ms late.
   */
  sleepExactlyUntil(atMs: number, alarm: Alarm): Promise<void>;
  stop(): void;
}

/** An alarm takes at least so long to be heard: it is set earlier by that, and what is left is spent turning the event loop. */
const HEARD_MS = 0.1;

export function createStop(): Stop {
  const wakers = new Set<() => void>();
  let isStopped = false;

  /** Until then, a stop, or what comes sooner. */
  const nap = (ms: number, sooner?: Promise<unknown>): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      wakers.add(wake);
      void sooner?.then(wake);
    });

  return {
    get isStopped() {
      return isStopped;
    },
    async sleepUntil(atMs) {
      // Timers count whole ms and may fire a fraction early.
      for (;;) {
        const leftMs = atMs - performance.now();
        if (isStopped || leftMs <= 0) return;
        await nap(Math.ceil(leftMs));
      }
    },
    async sleepExactlyUntil(atMs, alarm) {
      for (;;) {
        const leftMs = atMs - performance.now();
        if (isStopped || leftMs <= 0) return;
        if (leftMs > HEARD_MS) await nap(Math.ceil(leftMs), alarm.ring(atMs - HEARD_MS));
        else await new Promise(setImmediate);
      }
    },
    stop() {
      isStopped = true;
      for (const wake of wakers) wake();
    },
  };
}
