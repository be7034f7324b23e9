import { LevelEnd } from "@brimline/core/job/level/attempt";
import { ShardSummary } from "@brimline/core/record/record";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { type Attempt, attemptsOf } from "./attempts.ts";
import { readObject } from "./object.ts";

/** A level that has ended, with the one attempt that ended it. */
export interface EndedLevel {
  /** The key prefix of the attempt. */
  attemptKey: string;
  end: LevelEnd;
}

/** An ended level with the summaries of its shards. */
export interface MeasuredLevel extends EndedLevel {
  shards: ShardSummary[];
}

/**
 * The ended levels of a job in the order in which they ran. A level has ended when one of its attempts has a
 * `level.json`. Only that attempt counts.
 */
export async function endedLevels(
  service: Service,
  jobId: string,
  attempts?: Attempt[],
): Promise<EndedLevel[]> {
  const ended = (attempts ?? (await attemptsOf(service, jobId))).filter(({ hasEnded }) => hasEnded);
  const firstOfEach = ended.filter(
    ({ levelKey }, index) => ended.findIndex((other) => other.levelKey === levelKey) === index,
  );
  const levels = await atOnce(REQUESTS_AT_ONCE, firstOfEach, async ({ attemptKey }) => {
    const end = await readObject(service.data, keys.levelEnd(attemptKey), LevelEnd);
    return end === null ? [] : [{ attemptKey, end }];
  });
  return levels.flat().toSorted((a, b) => a.end.t0UnixMs - b.end.t0UnixMs);
}

/**
 * The ended levels with their shards. It costs one read for each shard of the job, so only the report asks
 * for it.
 */
export async function measuredLevels(service: Service, jobId: string): Promise<MeasuredLevel[]> {
  const measured: MeasuredLevel[] = [];
  for (const level of await endedLevels(service, jobId)) {
    measured.push({ ...level, shards: await shardSummaries(service, level.attemptKey, level.end.shards) });
  }
  return measured;
}

/** The summaries of those shards of an attempt that are done. */
export async function shardSummaries(
  service: Service,
  attemptKey: string,
  shards: number,
): Promise<ShardSummary[]> {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const summaries = await atOnce(REQUESTS_AT_ONCE, all, (shard) =>
    readObject(service.data, keys.shardSummary(attemptKey, shard), ShardSummary),
  );
  return summaries.filter((summary) => summary !== null);
}
