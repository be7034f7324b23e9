import { isSpent, remainingOf, withinTime } from "@brimline/core/job/level";
import { type LevelPlan, plan, runCountOf } from "@brimline/core/job/plan";
import { demandOf, type Load } from "@brimline/core/load";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { AttemptStart, type Used } from "../objects/attempt-start.ts";
import { createObject, readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "../objects/control.ts";
import { type EndedLevel, endedLevels, shardSummaries } from "../objects/ended-levels.ts";
import { CANCELLED, cutShort, frozenOutcome, outcomeAfter, type Outcome } from "./outcome.ts";
import { problemOf } from "./problem.ts";
import { specOf } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";
import { NOTHING, usedByLevel, usedInAll } from "./limits-used.ts";
import { learntSoFar } from "./warmup.ts";

/** How levels are laid out over shards. */
export interface LevelRules {
  /** The time from the decision to T0, ms. Every shard must be ready by T0. */
  leadMs: number;
  maxShards: number;
  usersPerShard: number;
}

/** One attempt at a level, as the workflow passes it on. */
export interface LevelRun {
  attemptKey: string;
  levelId: string;
  repeat: number;
  shards: number;
}

/** A shard is lost when it is not done this long after its level's ramp, duration and longest drain. */
const LOST_AFTER_S = 60;
const DRAIN_S = 30;

/** Decides what the job does next: an attempt at a level, or its end. */
export async function nextLevel(
  service: Service,
  jobId: string,
  rules: LevelRules,
): Promise<LevelRun | { outcome: Outcome }> {
  const frozen = await frozenOutcome(service, jobId);
  if (frozen !== null) return { outcome: frozen };
  if (await isCancelled(service, jobId)) return { outcome: CANCELLED };
  const finished = await endedLevels(service, jobId);
  const ended = outcomeAfter(finished);
  if (ended !== null) return { outcome: ended };
  const { spec } = await specOf(service, jobId);
  const wanted = plan(
    spec,
    finished.map(({ end }) => end.summary),
  );
  if (!("id" in wanted)) return { outcome: { state: "completed", problem: null } };
  const { whole, torn } = await latestAttempt(service, jobId, wanted);
  const remaining = remainingOf(
    spec,
    await usedBy(service, jobId, [torn, ...finished.map(({ end }) => end.used)]),
  );
  if (isSpent(remaining)) return { outcome: cutShort(finished, problemOf("budget")) };

  const longestS = service.config.caps.level?.loadS ?? Infinity;
  const { plan: cutPlan, isCut } = withinTime(wanted, Math.min(remaining.durationS, longestS));
  const budget = { requests: remaining.requests, outputTokens: remaining.outputTokens };
  const start =
    whole ?? (await startAttempt(service, jobId, { cutPlan, isCut, budget, torn, finished, rules }));
  await setStatus(service, jobId, {
    state: "running",
    levelId: cutPlan.id,
    load: cutPlan.load,
    endsAt: endsAt(start),
    levelsDone: finished.filter(({ end }) => end.plan.role !== "warmup").length,
    levels: runCountOf(spec),
  });
  return {
    attemptKey: keyOf(jobId, start),
    levelId: cutPlan.id,
    repeat: cutPlan.repeat,
    shards: start.shards,
  };
}

const keyOf = (jobId: string, { plan, attempt }: AttemptStart): string =>
  keys.attemptKey(jobId, plan.id, plan.repeat, attempt);

function endsAt({ plan, t0UnixMs }: AttemptStart): string | null {
  // A level that stops after a number of requests ends when they are done, at a time that nobody knows.
  if (plan.stop.durationS === null || plan.stop.requests !== null) return null;
  return new Date(t0UnixMs + 1000 * (plan.rampS + plan.stop.durationS)).toISOString();
}

async function usedBy(service: Service, jobId: string, levels: Used[]) {
  const { startedAt } = await statusOf(service, jobId);
  return {
    durationS: startedAt === null ? 0 : (service.now() - Date.parse(startedAt)) / 1000,
    ...usedInAll(levels),
  };
}

/**
 * The latest attempt at a level that has not ended. `whole` is that attempt when all its shards are done and
 * only its `level.json` is missing, so that it is not run again. Otherwise the attempt is torn, and `torn` is
 * what it and the attempts before it used of the job's limits.
 */
async function latestAttempt(
  service: Service,
  jobId: string,
  { id, repeat }: LevelPlan,
): Promise<{ whole: AttemptStart | null; torn: Used }> {
  const latest = Math.max(0, ...(await attemptsAt(service, jobId, id, repeat)));
  const attemptKey = keys.attemptKey(jobId, id, repeat, latest);
  const start = await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart);
  if (start === null) return { whole: null, torn: NOTHING };
  const done = await shardSummaries(service, attemptKey, start.shards);
  return done.length === start.shards
    ? { whole: start, torn: NOTHING }
    : { whole: null, torn: await usedByLevel(service, jobId, start, done) };
}

interface Draft {
  cutPlan: LevelPlan;
  isCut: boolean;
  budget: AttemptStart["budget"];
  torn: Used;
  finished: EndedLevel[];
  rules: LevelRules;
}

/**
 * The largest rate of one shard, requests/s. A process that sends more has too little time left to read the
 * answers.
 */
const RATE_PER_SHARD = 500;

/** The number of shards that a level needs, by its rate and by what it is expected to have in flight. */
export function shardsOf(
  load: Load,
  e2eMs: number | null,
  rules: Pick<LevelRules, "maxShards" | "usersPerShard">,
): number {
  const demand = demandOf(load);
  const byFlight = demand.expectedInFlight(e2eMs) / rules.usersPerShard;
  const byRate = (demand.ratePerS ?? 0) / RATE_PER_SHARD;
  return Math.max(1, Math.min(rules.maxShards, Math.ceil(Math.max(byFlight, byRate))));
}

async function startAttempt(
  service: Service,
  jobId: string,
  { cutPlan, isCut, budget, torn, finished, rules }: Draft,
): Promise<AttemptStart> {
  const { largestE2eMs, calibration } = await learntSoFar(service, jobId, finished);
  const shards = shardsOf(cutPlan.load, largestE2eMs, rules);
  const highest = Math.max(0, ...(await attemptsAt(service, jobId, cutPlan.id, cutPlan.repeat)));
  for (let attempt = highest + 1; ; attempt++) {
    const t0UnixMs = service.now() + rules.leadMs;
    const drainS = Math.max(DRAIN_S, (3 * (largestE2eMs ?? 0)) / 1000);
    const start: AttemptStart = {
      schema: "brimline.attempt/1",
      plan: cutPlan,
      attempt,
      shards,
      t0UnixMs,
      calibration,
      largestE2eMs,
      isCut,
      budget,
      torn,
      maxOpen: Math.ceil(service.config.caps.users / shards),
      lostAfterUnixMs:
        t0UnixMs + 1000 * (cutPlan.rampS + (cutPlan.stop.durationS ?? 0) + drainS + LOST_AFTER_S),
    };
    if (await createObject(service.data, keys.attemptStart(keyOf(jobId, start)), start)) return start;
  }
}

async function attemptsAt(
  service: Service,
  jobId: string,
  levelId: string,
  repeat: number,
): Promise<number[]> {
  const prefix = keys.attemptPrefix(jobId, levelId, repeat);
  const numbers: number[] = [];
  for await (const key of listAll(service.data, prefix))
    numbers.push(Number.parseInt(key.slice(prefix.length), 10));
  return numbers;
}
