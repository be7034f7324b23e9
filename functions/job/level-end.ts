import { AttemptStart, type Learnt, LevelEnd } from "@brimline/core/job/level/attempt";
import { levelEnd } from "@brimline/core/job/level/level";
import { endedLevel } from "@brimline/core/job/plan/ended-level";
import { ENDED_SHOWN } from "@brimline/core/job/state/job";
import { isMeasured } from "@brimline/core/job/level/level-plan";
import { learntByWarmup } from "@brimline/core/job/plan/warmup";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { keys } from "@brimline/store/keys";
import { isCancelled } from "../objects/control.ts";
import { shardSummaries } from "../objects/ended-levels.ts";
import { createObject, readObject } from "../objects/object.ts";
import { shardRecords } from "../objects/records.ts";
import { promptCountsOf } from "../objects/snapshot.ts";
import { jobSeed, type SpecObject } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";
import { usedByLevel } from "../objects/used.ts";
import type { Service } from "../service.ts";
import { type Emitted, emitNow } from "./emit.ts";
import type { NextAttempt } from "./next-level.ts";

/**
 * Ends an attempt at a level: it writes its `level.json` once, and tells of a measured level. When shards
 * were lost and another attempt may do better, this attempt stays unfinished and is in no figure. An existing
 * `level.json` is never replaced.
 */
export async function endLevel(
  service: Service,
  stored: SpecObject,
  attempt: Pick<NextAttempt, "attemptKey" | "levelsDone">,
  isLastAttempt: boolean,
): Promise<Emitted | null> {
  const { attemptKey } = attempt;
  const start = await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart);
  if (start === null) throw new Error(`${keys.attemptStart(attemptKey)} is missing`);
  const shards = await shardSummaries(service, attemptKey, start.shards);
  const hasAll = shards.length === start.shards;
  const cancelled = !hasAll && (await isCancelled(service, stored.id));
  if (!hasAll && !isLastAttempt && !cancelled) return null;
  const end = levelEnd(start, shards, {
    isCancelled: cancelled,
    used: await usedByLevel(service, stored.id, start, shards),
    percentile: stored.spec.slo?.percentile ?? 95,
    isPrecise: stored.spec.precision !== undefined,
    learnt: isMeasured(start) ? null : await learnt(service, stored, { attemptKey, start, shards }),
  });
  const isNew = await createObject(service.data, keys.levelEnd(attemptKey), end);
  if (!isMeasured(start)) return null;
  const level = isNew ? end : await readObject(service.data, keys.levelEnd(attemptKey), LevelEnd);
  if (level === null) throw new Error(`${keys.levelEnd(attemptKey)} is missing`);
  const levelsDone = attempt.levelsDone + 1;
  const told = endedLevel(level, stored.spec.slo);
  const before = await statusOf(service, stored.id);
  // A step that is run again has told of the level already.
  const others = before.ended.filter(({ id, repeat }) => id !== told.id || repeat !== told.repeat);
  const ended = [...others, told].slice(-ENDED_SHOWN);
  const status = await setStatus(service, stored.id, { levelsDone, ended }, before);
  return emitNow(service, stored, status, { type: "level.completed", level: told, occurrence: levelsDone });
}

/** What the warm-up teaches the later levels. Its records are read once for the whole job. */
async function learnt(
  service: Service,
  stored: SpecObject,
  warmup: { attemptKey: string; start: AttemptStart; shards: ShardSummary[] },
): Promise<Learnt> {
  const records: RequestRecord[][] = [];
  for (const { shard } of warmup.shards)
    records.push(await shardRecords(service.data, keys.records(warmup.attemptKey, shard)));
  const promptCounts = await promptCountsOf(service, stored.id);
  return learntByWarmup(
    { spec: stored.spec, seed: jobSeed(stored), promptCounts },
    warmup.start,
    records.flat(),
  );
}
