import { levelOutcome, levelSummary, ranOutOfTime } from "@brimline/core/job/level";
import { keys } from "@brimline/store/keys";
import { AttemptStart } from "../objects/attempt-start.ts";
import { createObject, readObject } from "../objects/object.ts";
import type { LevelEndObject } from "../objects/level-end.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "../objects/control.ts";
import { shardSummaries } from "../objects/ended-levels.ts";
import type { LevelRun } from "./next-level.ts";
import { problemOf } from "./problem.ts";
import { usedByLevel } from "./limits-used.ts";

/**
 * Ends an attempt at a level: it writes its `level.json` once. It answers false when shards were lost and
 * another attempt may do better; then this attempt stays unfinished and is in no figure. An existing
 * `level.json` is never replaced.
 */
export async function endLevel(
  service: Service,
  jobId: string,
  { attemptKey }: LevelRun,
  isLastTry: boolean,
): Promise<boolean> {
  const start = await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart);
  if (start === null) throw new Error(`${keys.attemptStart(attemptKey)} is missing`);
  const shards = await shardSummaries(service, attemptKey, start.shards);
  const missing = start.shards - shards.length;
  const cancelled = await isCancelled(service, jobId);
  if (missing > 0 && !isLastTry && !cancelled) return false;
  const outcome = missing > 0 && cancelled ? CANCELLED : levelOutcome(shards, missing);
  const { state, code } =
    outcome.state === "completed" && start.isCut && ranOutOfTime(start.plan, shards) ? OUT_OF_TIME : outcome;
  const end: LevelEndObject = {
    schema: "brimline.level/1",
    plan: start.plan,
    attempt: start.attempt,
    t0UnixMs: start.t0UnixMs,
    state,
    problem: code === null ? null : problemOf(code),
    shards: start.shards,
    missingShards: missing,
    summary: levelSummary(start.plan, state, shards),
    used: await usedByLevel(service, jobId, start, shards),
  };
  await createObject(service.data, keys.levelEnd(attemptKey), end);
  return true;
}

const CANCELLED = { state: "cancelled", code: "cancelled" } as const;
const OUT_OF_TIME = { state: "stopped", code: "budget" } as const;
