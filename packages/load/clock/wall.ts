import { performance } from "node:perf_hooks";

/**
 * Unix ms of the monotonic clock's 0: the one anchor that places a shard's times in the world. Read at a tick of the wall clock,
 * which Node gives in whole ms, so it is good to some µs; costs up to 1 ms of waiting.
 */
export function monotonicOriginUnixMs(): number {
  const before = Date.now();
  let tick = before;
  while (tick === before) tick = Date.now();
  return tick - performance.now();
}
