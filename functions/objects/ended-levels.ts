import { ShardSummary } from "@brimline/core/record/record";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Service } from "../service.ts";
import { LevelEndObject } from "./level-end.ts";
import { readObject } from "./object.ts";

/** A level that is over: how its one finished attempt ended. */
export interface EndedLevel {
  /** Key prefix of the attempt. */
  attemptKey: string;
  end: LevelEndObject;
}

/** Besides, what its shards say. */
export interface MeasuredLevel extends EndedLevel {
  shards: ShardSummary[];
}

/** The finished levels of a job in the order they ran. A level is finished when one of its attempts has a `level.json`; only that attempt counts. */
export async function endedLevels(service: Service, jobId: string): Promise<EndedLevel[]> {
  const found = new Map<string, EndedLevel>();
  for await (const key of listAll(service.data, keys.rawPrefix(jobId))) {
    if (!key.endsWith("/level.json")) continue;
    const end = await readObject(service.data, key, LevelEndObject);
    if (end === null) continue;
    const level = `${end.plan.id}/${end.plan.repeat}`;
    if (!found.has(level)) found.set(level, { attemptKey: key.slice(0, -"level.json".length), end });
  }
  return [...found.values()].toSorted((a, b) => a.end.t0UnixMs - b.end.t0UnixMs);
}

/** The same with their shards: as many reads as the job had shards, so only for its report. */
export async function measuredLevels(service: Service, jobId: string): Promise<MeasuredLevel[]> {
  const measured: MeasuredLevel[] = [];
  for (const level of await endedLevels(service, jobId)) {
    measured.push({ ...level, shards: await shardSummaries(service, level.attemptKey, level.end.shards) });
  }
  return measured;
}

/** What the shards of an attempt say that are done. */
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
