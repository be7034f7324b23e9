import type { LevelPlan } from "@brimline/core/job/plan";

/** The most streams that one of so many shards has open at once, as far as that is known before the load: of a rate it is not, and 0. */
export const streamsOf = (load: LevelPlan["load"], shards: number): number =>
  load.kind === "concurrency" ? Math.ceil(load.users / shards) : 0;
