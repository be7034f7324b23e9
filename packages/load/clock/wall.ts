import { performance } from "node:perf_hooks";

/**
 * The Unix ms at 0 of the monotonic clock, the one anchor that places a shard's times in the world. It is
 * read at a tick of the wall clock, which Node gives in whole ms, so it is right to some µs and costs up to 1
 * ms of waiting.
 */
export function monotonicOriginUnixMs(): number {
  const before = Date.now();
  let tick = before;
  while (tick === before) tick = Date.now();
  return tick - performance.now();
}
