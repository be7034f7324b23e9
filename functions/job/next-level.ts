import type { AttemptStart } from "@brimline/core/job/level/attempt";
import { decide, type LevelRules } from "@brimline/core/job/plan/decide";
import type { Outcome } from "@brimline/core/job/plan/outcome";
import { isMeasured } from "@brimline/core/job/level/level-plan";
import { runCountOf } from "@brimline/core/job/plan/loads";
import { keys } from "@brimline/store/keys";
import { createObject } from "../objects/object.ts";
import { loadJob } from "../objects/snapshot.ts";
import type { SpecObject } from "../objects/spec.ts";
import { setStatus } from "../objects/status.ts";
import type { Service } from "../service.ts";

/** The rules that a root gives. The others follow from the service's caps. */
export type RootRules = Omit<LevelRules, "maxUsers" | "maxLevelS">;

/** The attempt that comes next, as the workflow passes it on. */
export interface NextAttempt {
  attemptKey: string;
  levelId: string;
  repeat: number;
  shards: number;
  /** How many measured levels had ended before it. */
  levelsDone: number;
}

/**
 * Reads the job, decides what it does next, and writes that down: an attempt to run, or the job's outcome. An
 * attempt that only has to be ended is run again too. Its shards are done, so they answer at once.
 */
export async function nextLevel(
  service: Service,
  stored: SpecObject,
  rules: RootRules,
): Promise<NextAttempt | { outcome: Outcome }> {
  const { job, status } = await loadJob(service, stored);
  const { users, level } = service.config.caps;
  const next = decide(job, { ...rules, maxUsers: users, maxLevelS: level?.loadS ?? null }, service.now());
  if ("outcome" in next) return next;
  const start = "end" in next ? next.end : next.run;
  const attemptKey = keys.attemptKey(stored.id, start.plan.id, start.plan.repeat, start.attempt);
  // Another process may have begun the same attempt. Then the decision is made again with that attempt.
  if ("run" in next && !(await createObject(service.data, keys.attemptStart(attemptKey), start)))
    return nextLevel(service, stored, rules);
  const levelsDone = job.ended.filter(isMeasured).length;
  const change = {
    state: "running",
    levelId: start.plan.id,
    repeat: start.plan.repeat,
    load: start.plan.load,
    endsAt: endsAt(start),
    levelsDone,
    levels: runCountOf(stored.spec),
  } as const;
  await setStatus(service, stored.id, change, status);
  const { id: levelId, repeat } = start.plan;
  return { attemptKey, levelId, repeat, shards: start.shards, levelsDone };
}

function endsAt({ plan, t0UnixMs }: AttemptStart): string | null {
  // A level that stops after a number of requests ends when they are done, at a time that nobody knows.
  if (plan.stop.durationS === null || plan.stop.requests !== null) return null;
  return new Date(t0UnixMs + 1000 * (plan.rampS + plan.stop.durationS)).toISOString();
}
