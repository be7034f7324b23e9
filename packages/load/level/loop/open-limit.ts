import type { OpenDemand } from "@brimline/core/load/rate";

const OPEN_BOUND = { perExpected: 4, min: 256, max: 10_000 };

/**
 * The most requests that one shard of an open loop may have open, unless the job says otherwise. It is four
 * times what Little's law expects from the warm-up's largest E2E, and lies between 256 and 10,000; without a
 * warm-up it is 10,000. An endpoint that lets a level reach it does not keep up.
 */
export function openLimitOf(demand: OpenDemand, shards: number, largestE2eMs: number | null): number {
  if (largestE2eMs === null) return OPEN_BOUND.max;
  const expected = Math.ceil(demand.expectedInFlight(largestE2eMs) / shards);
  return Math.min(Math.max(OPEN_BOUND.perExpected * expected, OPEN_BOUND.min), OPEN_BOUND.max);
}
