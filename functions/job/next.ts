import { isSpent, remainingOf, withinTime } from "@brimline/core/job/level";
import type { LevelPlan } from "@brimline/core/job/plan";
import { plan, runCountOf } from "@brimline/core/job/plan";
import { decodeRecord } from "@brimline/core/record/codec";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { AttemptObject, createObject, readObject } from "../objects.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "./control.ts";
import type { FinishedLevel } from "./finished.ts";
import { finishedLevels, shardSummaries } from "./finished.ts";
import { CANCELLED, cutShort, frozenOutcome, outcomeAfter } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { problemOf } from "./problem.ts";
import { recordLines } from "./records.ts";
import { specOf } from "./spec.ts";
import { setStatus, statusOf } from "./status.ts";

/** How levels are laid out over shards. */
export interface LevelRules {
  /** From the decision to T0, ms: every shard must be there by then. */
  leadMs: number;
  maxShards: number;
  usersPerShard: number;
}

/** One attempt at a level, as the workflow hands it on. */
export interface LevelRun {
  /** Key prefix. */
  attempt: string;
  levelId: string;
  repeat: number;
  shards: number;
}

/** A shard that is not back this long after its level must be over (ramp, duration and the longest drain) is lost. */
const LOST_AFTER_S = 60;
const DRAIN_S = 30;

/** What the job does next: an attempt at a level, or its end. */
export async function nextLevel(service: Service, jobId: string, rules: LevelRules): Promise<LevelRun | { outcome: Outcome }> {
  const frozen = await frozenOutcome(service, jobId);
  if (frozen !== null) return { outcome: frozen };
  if (await isCancelled(service, jobId)) return { outcome: CANCELLED };
  const finished = await finishedLevels(service, jobId);
  const ended = outcomeAfter(finished);
  if (ended !== null) return { outcome: ended };
  const { spec } = await specOf(service, jobId);
  const wanted = plan(
    spec,
    finished.map((level) => level.summary),
  );
  if (!("id" in wanted)) return { outcome: { state: "completed", problem: null } };
  const remaining = remainingOf(spec, await usedBy(service, jobId, finished));
  if (isSpent(remaining)) return { outcome: cutShort(finished, problemOf("budget")) };

  const { plan: cutPlan, isCut } = withinTime(wanted, remaining);
  const budget = { requests: remaining.requests, outputTokens: remaining.outputTokens };
  const whole = await wholeAttempt(service, jobId, cutPlan);
  const attempt = whole ?? (await newAttempt(service, jobId, { cutPlan, isCut, budget, finished, rules }));
  await setStatus(service, jobId, {
    state: "running",
    levelId: cutPlan.id,
    load: cutPlan.load,
    endsAt: endsAt(attempt),
    levelsDone: finished.filter(({ end }) => end.plan.role !== "warmup").length,
    levels: runCountOf(spec),
  });
  return { attempt: prefixOf(jobId, attempt), levelId: cutPlan.id, repeat: cutPlan.repeat, shards: attempt.shards };
}

const prefixOf = (jobId: string, { plan, attempt }: AttemptObject): string => keys.attempt(jobId, plan.id, plan.repeat, attempt);

function endsAt({ plan, t0UnixMs }: AttemptObject): string | null {
  // A level that is counted in requests ends when they are done, not at its limit.
  if (plan.stop.durationS === null || plan.stop.requests !== null) return null;
  return new Date(t0UnixMs + 1000 * (plan.rampS + plan.stop.durationS)).toISOString();
}

async function usedBy(service: Service, jobId: string, finished: FinishedLevel[]) {
  const { startedAt } = await statusOf(service, jobId);
  const shards = finished.flatMap((level) => level.shards);
  return {
    durationS: startedAt === null ? 0 : (service.now() - Date.parse(startedAt)) / 1000,
    requests: shards.reduce((sum, shard) => sum + shard.requests.sent, 0),
    outputTokens: shards.reduce((sum, shard) => sum + shard.outputTokens, 0),
  };
}

/** The latest attempt at a level, if all its shards are done and only its `level.json` is missing: then it is not run again. */
async function wholeAttempt(service: Service, jobId: string, { id, repeat }: LevelPlan): Promise<AttemptObject | null> {
  const latest = Math.max(0, ...(await attemptsAt(service, jobId, id, repeat)));
  const prefix = keys.attempt(jobId, id, repeat, latest);
  const attempt = await readObject(service.data, keys.attemptStart(prefix), AttemptObject);
  if (attempt === null) return null;
  const done = await shardSummaries(service, prefix, attempt.shards);
  return done.length === attempt.shards ? attempt : null;
}

interface Draft {
  cutPlan: LevelPlan;
  isCut: boolean;
  budget: AttemptObject["budget"];
  finished: FinishedLevel[];
  rules: LevelRules;
}

async function newAttempt(service: Service, jobId: string, { cutPlan, isCut, budget, finished, rules }: Draft): Promise<AttemptObject> {
  const largestE2eMs = await largestE2e(service, finished);
  const users = cutPlan.load.kind === "concurrency" ? cutPlan.load.users : 1;
  const highest = Math.max(0, ...(await attemptsAt(service, jobId, cutPlan.id, cutPlan.repeat)));
  for (let number = highest + 1; ; number++) {
    const t0UnixMs = service.now() + rules.leadMs;
    const drainS = Math.max(DRAIN_S, (3 * (largestE2eMs ?? 0)) / 1000);
    const attempt: AttemptObject = {
      schema: "brimline.attempt/1",
      plan: cutPlan,
      attempt: number,
      shards: Math.max(1, Math.min(rules.maxShards, Math.ceil(users / rules.usersPerShard))),
      t0UnixMs,
      largestE2eMs,
      isCut,
      budget,
      lostAfterUnixMs: t0UnixMs + 1000 * (cutPlan.rampS + (cutPlan.stop.durationS ?? 0) + drainS + LOST_AFTER_S),
    };
    if (await createObject(service.data, keys.attemptStart(prefixOf(jobId, attempt)), attempt)) return attempt;
  }
}

async function attemptsAt(service: Service, jobId: string, levelId: string, repeat: number): Promise<number[]> {
  const prefix = keys.attemptPrefix(jobId, levelId, repeat);
  const numbers: number[] = [];
  for await (const key of listAll(service.data, prefix)) numbers.push(Number.parseInt(key.slice(prefix.length), 10));
  return numbers;
}

async function largestE2e(service: Service, finished: FinishedLevel[]): Promise<number | null> {
  const warmup = finished.find(({ end }) => end.plan.role === "warmup");
  if (warmup === undefined) return null;
  let largest: number | null = null;
  for (const { shard } of warmup.shards) {
    for (const line of await recordLines(service.data, keys.records(warmup.attempt, shard))) {
      const { outcome, sentMs, lastMs } = decodeRecord(line);
      if (outcome === "ok" && lastMs !== null) largest = Math.max(largest ?? 0, lastMs - sentMs);
    }
  }
  return largest;
}
