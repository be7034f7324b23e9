import { type Leg, placeOf, wholeLevel } from "@brimline/core/job/leg";
import type { LevelPlan } from "@brimline/core/job/plan";
import type { AttemptObject } from "../objects/attempt.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "../objects/control.ts";
import { shardSummaries } from "../objects/ended-levels.ts";

/** The legs of an attempt: one, unless it is handed over. */
export const attemptLegs = ({ legs, plan }: Pick<AttemptObject, "legs" | "plan">): Leg[] =>
  legs ?? [wholeLevel(plan)];

/** When a shard of an attempt must begin its load, Unix ms: at T0, or at the start of its leg. */
export const beginUnixMs = (attempt: AttemptObject, shard: number): number =>
  attempt.t0UnixMs + placeOf(shard, attempt.shards, attemptLegs(attempt)).leg.startMs;

/** The most streams that one of so many shards has open at once, as far as that is known before the load: of a rate it is not, and 0. */
export const streamsOf = (load: LevelPlan["load"], shards: number): number =>
  load.kind === "concurrency" ? Math.ceil(load.users / shards) : 0;

/** Whether the next leg of an attempt must not begin: the job was cancelled, or one of the `earlier` shards of the legs before it ended the level. */
export async function hasLevelEnded(
  service: Service,
  jobId: string,
  prefix: string,
  earlier: number,
): Promise<boolean> {
  if (await isCancelled(service, jobId)) return true;
  const done = await shardSummaries(service, prefix, earlier);
  return done.some(({ ended }) => ended !== "completed");
}
