import { performance } from "node:perf_hooks";

const READINGS_MAX = 5;
/** A reading that took longer was interrupted, so that another is tried. */
const INTERRUPTED_MS = 0.02;

/**
 * The Unix ms at 0 of the monotonic clock, the one anchor that places a shard's times in the world. It is
 * read at a tick of the wall clock, which Node gives in whole ms, so it is right to some µs and costs 1 ms of
 * waiting, or a few where the process is interrupted.
 */
export function monotonicOriginUnixMs(): number {
  let best = readOrigin();
  for (let readings = 1; readings < READINGS_MAX && best.tookMs > INTERRUPTED_MS; readings++) {
    const next = readOrigin();
    if (next.tookMs < best.tookMs) best = next;
  }
  return best.unixMs;
}

/** The wall clock ticked between the last two looks at it. `tookMs` is from before the one until after the other. */
function readOrigin(): { unixMs: number; tookMs: number } {
  const before = Date.now();
  let beforeLastMs = performance.now();
  let lastMs = beforeLastMs;
  for (;;) {
    const tick = Date.now();
    const nowMs = performance.now();
    if (tick !== before) return { unixMs: tick - nowMs, tookMs: nowMs - beforeLastMs };
    beforeLastMs = lastMs;
    lastMs = nowMs;
  }
}
