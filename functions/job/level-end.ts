import { levelOutcome, levelSummary, ranOutOfTime } from "@brimline/core/job/level";
import { keys } from "@brimline/store/keys";
import { AttemptObject } from "../objects/attempt.ts";
import { createObject, readObject } from "../objects/object.ts";
import type { LevelEndObject } from "../objects/level-end.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "../objects/control.ts";
import { shardSummaries } from "../objects/ended-levels.ts";
import type { LevelRun } from "./next-level.ts";
import { problemOf } from "./problem.ts";
import { usedByLevel } from "./limits-used.ts";

/**
 * Ends an attempt at a level: writes its `level.json`, once. False where shards were lost and another try may do better: then the
 * attempt stays unfinished and counts for nothing. Nobody else's `level.json` is replaced.
 */
export async function endLevel(
  service: Service,
  jobId: string,
  { attempt: prefix }: LevelRun,
  isLastTry: boolean,
): Promise<boolean> {
  const attempt = await readObject(service.data, keys.attemptStart(prefix), AttemptObject);
  if (attempt === null) throw new Error(`${keys.attemptStart(prefix)} is missing`);
  const shards = await shardSummaries(service, prefix, attempt.shards);
  const missing = attempt.shards - shards.length;
  const cancelled = await isCancelled(service, jobId);
  if (missing > 0 && !isLastTry && !cancelled) return false;
  const outcome = missing > 0 && cancelled ? CANCELLED : levelOutcome(shards, missing);
  const { state, code } =
    outcome.state === "completed" && attempt.isCut && ranOutOfTime(attempt.plan, shards)
      ? OUT_OF_TIME
      : outcome;
  const end: LevelEndObject = {
    schema: "brimline.level/1",
    plan: attempt.plan,
    attempt: attempt.attempt,
    t0UnixMs: attempt.t0UnixMs,
    state,
    problem: code === null ? null : problemOf(code),
    shards: attempt.shards,
    missingShards: missing,
    summary: levelSummary(attempt.plan, state, shards),
    used: await usedByLevel(service, jobId, attempt, shards),
  };
  await createObject(service.data, keys.levelEnd(prefix), end);
  return true;
}

const CANCELLED = { state: "cancelled", code: "cancelled" } as const;
const OUT_OF_TIME = { state: "stopped", code: "budget" } as const;
