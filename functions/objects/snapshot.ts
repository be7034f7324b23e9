import { AttemptStart } from "@brimline/core/job/level/attempt";
import type { OpenAttempt, Snapshot } from "@brimline/core/job/plan/decide";
import type { Outcome } from "@brimline/core/job/plan/outcome";
import { learntByPreflight } from "@brimline/core/job/plan/warmup";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { type Attempt, attemptsOf } from "./attempts.ts";
import { isCancelled } from "./control.ts";
import { endedLevels, shardSummaries } from "./ended-levels.ts";
import { ManifestObject } from "./manifest.ts";
import { readObject } from "./object.ts";
import { PreflightObject } from "./preflight.ts";
import type { SpecObject } from "./spec.ts";
import { type StatusObject, statusOf } from "./status.ts";
import { usedByLevel } from "./used.ts";

/**
 * Reads once what a decision about a job rests on: its control, its status, the list of its attempts, the
 * ends of its levels and the open attempts. It reads nothing else.
 */
export async function loadJob(
  service: Service,
  { id, spec }: SpecObject,
): Promise<{ job: Snapshot; status: StatusObject }> {
  const [cancelled, status, attempts] = await Promise.all([
    isCancelled(service, id),
    statusOf(service, id),
    attemptsOf(service, id),
  ]);
  const [frozen, levels, open] = await Promise.all([
    frozenOutcome(service, id, status),
    endedLevels(service, id, attempts),
    atOnce(REQUESTS_AT_ONCE, latestOpen(attempts), (attempt) => openAttempt(service, id, attempt)),
  ]);
  const ended = levels.map(({ end }) => end);
  const learnt = ended.find((end) => end.learnt !== null)?.learnt;
  const job = {
    spec,
    isCancelled: cancelled,
    startedUnixMs: status.startedAt === null ? null : Date.parse(status.startedAt),
    frozen,
    ended,
    open: open.flat(),
    learnt: learnt ?? learntByPreflight(await promptCountsOf(service, id), spec.workload),
  };
  return { job, status };
}

/** The token counts of preflight's prompts. */
export async function promptCountsOf(
  service: Service,
  jobId: string,
): Promise<PreflightObject["promptCounts"]> {
  return (await readObject(service.data, keys.preflight(jobId), PreflightObject))?.promptCounts ?? [];
}

/**
 * The outcome in the job's manifest. The manifest is frozen while the job is reporting, so it is read only
 * then.
 */
async function frozenOutcome(
  service: Service,
  jobId: string,
  { state }: StatusObject,
): Promise<Outcome | null> {
  if (state !== "reporting") return null;
  const manifest = await readObject(service.data, keys.manifest(jobId), ManifestObject);
  return manifest === null ? null : { state: manifest.state, problem: manifest.problem };
}

/** The latest attempt at each level that has not ended yet. */
function latestOpen(attempts: Attempt[]): Attempt[] {
  const ended = new Set(attempts.flatMap(({ levelKey, hasEnded }) => (hasEnded ? levelKey : [])));
  const latest = new Map<string, Attempt>();
  for (const attempt of attempts) {
    if (ended.has(attempt.levelKey)) continue;
    if (attempt.attempt > (latest.get(attempt.levelKey)?.attempt ?? 0)) latest.set(attempt.levelKey, attempt);
  }
  return [...latest.values()];
}

async function openAttempt(
  service: Service,
  jobId: string,
  { attemptKey, shardsDone }: Attempt,
): Promise<OpenAttempt[]> {
  const start = await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart);
  if (start === null) return [];
  if (shardsDone === start.shards) return [{ start, torn: null }];
  const done = await shardSummaries(service, attemptKey, start.shards);
  return [{ start, torn: await usedByLevel(service, jobId, start, done) }];
}
