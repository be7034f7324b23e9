import { performance } from "node:perf_hooks";

/** A sleep that a stop ends. */
export interface Stop {
  readonly isStopped: boolean;
  /** Resolves at this monotonic ms, or at the stop, whichever is first. */
  sleepUntil(atMs: number): Promise<void>;
  stop(): void;
}

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
      const timer = setTimeout(wake, Math.ceil(ms));
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
        await nap(leftMs);
      }
    },
    stop() {
      isStopped = true;
      for (const wake of wakers) wake();
    },
  };
}
