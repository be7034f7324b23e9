import { performance } from "node:perf_hooks";
import type { Alarm } from "../clock/alarm.ts";

/** A sleep that a stop ends early. */
export interface Stop {
  readonly isStopped: boolean;
  /** It resolves at this monotonic ms, up to some ms late, or at the stop if that comes first. */
  sleepUntil(atMs: number): Promise<void>;
  /**
   * It does what `sleepUntil` does, to a fraction of a ms, by the alarm. The event loop sleeps meanwhile and
   * reads sockets as usual. If the alarm does not ring, timers end the sleep some ms late.
   */
  sleepExactlyUntil(atMs: number, alarm: Alarm): Promise<void>;
  stop(): void;
}

/**
 * The least time that an alarm takes to be heard. It is set earlier by that much, and the event loop turns
 * until the rest has passed.
 */
const HEARD_MS = 0.1;

export function createStop(): Stop {
  const wakers = new Set<() => void>();
  let isStopped = false;

  /** Resolves after `ms`, at a stop, or when `sooner` settles, whichever comes first. */
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
      // Timers count whole ms and may fire a fraction of a ms early.
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
