import type { LevelPlan } from "@brimline/core/job/plan";

/**
 * The largest number of streams that one shard has open at once. It is 0 for a rate, where nobody knows it
 * before the load.
 */
export const streamsOf = (load: LevelPlan["load"], shards: number): number =>
  load.kind === "concurrency" ? Math.ceil(load.users / shards) : 0;
