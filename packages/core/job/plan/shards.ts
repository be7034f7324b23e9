import { demandOf, type Load } from "../../load.ts";

/** What bounds the layout of a level over shards. */
export interface ShardRules {
  maxShards: number;
  usersPerShard: number;
}

/**
 * The largest rate of one shard, requests/s. A process that sends more has too little time left to read the
 * answers.
 */
const RATE_PER_SHARD = 500;

/** The number of shards that a level needs, by its rate and by what it is expected to have in flight. */
export function shardsOf(load: Load, e2eMs: number | null, rules: ShardRules): number {
  const demand = demandOf(load);
  const byFlight = demand.expectedInFlight(e2eMs) / rules.usersPerShard;
  const byRate = (demand.ratePerS ?? 0) / RATE_PER_SHARD;
  return Math.max(1, Math.min(rules.maxShards, Math.ceil(Math.max(byFlight, byRate))));
}

/**
 * The largest number of streams that one shard has open at once. It is 0 for a rate, where nobody knows it
 * before the load.
 */
export const streamsOf = (load: Load, shards: number): number =>
  Math.ceil((demandOf(load).users ?? 0) / shards);
