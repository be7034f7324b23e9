import { performance } from "node:perf_hooks";

/** A sleep that a stop ends. */
export interface Stop {
  readonly isStopped: boolean;
  /** Resolves at this monotonic ms, or at the stop, whichever is first; up to some ms late. */
  sleepUntil(atMs: number): Promise<void>;
  /**
   * The same to some µs. Timers are a ms coarse, so the end of the wait is spent turning the event loop, which reads sockets
   * meanwhile. Even where the moment has passed the loop turns once: who is behind must not stop reading.
   */
  sleepExactlyUntil(atMs: number): Promise<void>;
  stop(): void;
}

/** A timer of n ms fires up to 1 ms and some late. */
const TIMER_ERROR_MS = 1.5;

export function createStop(): Stop {
  const wakers = new Set<() => void>();
  let isStopped = false;

  const nap = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      wakers.add(wake);
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
    async sleepExactlyUntil(atMs) {
      const leftMs = atMs - performance.now();
      if (!isStopped && leftMs > 1 + TIMER_ERROR_MS) await nap(Math.floor(leftMs - TIMER_ERROR_MS));
      do {
        if (isStopped) return;
        await new Promise(setImmediate);
      } while (performance.now() < atMs);
    },
    stop() {
      isStopped = true;
      for (const wake of wakers) wake();
    },
  };
}
