import { monitorEventLoopDelay } from "node:perf_hooks";

const EVERY_MS = 10;

/**
 * Watches how late the timers of this process are, in ms, from now until `end`. A chunk that arrives
 * meanwhile waits as long.
 */
export function watchLoopDelay(): { end(): { p50Ms: number; p99Ms: number } } {
  const delays = monitorEventLoopDelay({ resolution: EVERY_MS });
  delays.enable();
  const at = (percent: number): number => Math.max(0, delays.percentile(percent) / 1e6 - EVERY_MS);
  return {
    end() {
      delays.disable();
      return { p50Ms: at(50), p99Ms: at(99) };
    },
  };
}
