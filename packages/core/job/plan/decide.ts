import type { AttemptStart, Learnt, LevelEnd, Used } from "../level/attempt.ts";
import { NOTHING_USED, usedInAll } from "../level/attempt.ts";
import { isSpent, type Remaining, remainingOf, withinTime } from "../level/level.ts";
import { CANCELLED, COMPLETED, cutShort, type Outcome, outcomeAfter } from "./outcome.ts";
import { isMeasured, type LevelPlan } from "../level/level-plan.ts";
import { plan } from "./plan.ts";
import type { SearchLeft } from "./searched.ts";
import { searchOf } from "./loads.ts";
import { problemOf } from "../state/problem.ts";
import { shardsOf, type ShardRules } from "./shards.ts";
import type { JobSpec } from "../spec/spec.ts";

/** All that a decision about a job rests on, as it stands at one moment. It holds counters, never records. */
export interface Snapshot {
  spec: JobSpec;
  isCancelled: boolean;
  /** When the job was first taken up, Unix ms. It is null before. */
  startedUnixMs: number | null;
  /** The outcome that the report was frozen with, if it was. Nothing that comes later changes it. */
  frozen: Outcome | null;
  /** The levels that have ended, in the order in which they ran. */
  ended: LevelEnd[];
  /** The latest attempt at each level that was begun and has not ended. */
  open: OpenAttempt[];
  learnt: Learnt;
}

export interface OpenAttempt {
  start: AttemptStart;
  /**
   * What it and the torn attempts before it used of the job's limits. It is null when all its shards are
   * done: then the attempt is whole, and only has to be ended.
   */
  torn: Used | null;
}

/** What the service lets a level have. */
export interface LevelRules extends ShardRules {
  /** The time from the decision to T0, ms. Every shard must be ready by T0. */
  leadMs: number;
  /** The most users, or open requests, of one level. */
  maxUsers: number;
  /** The longest that one level may last with its ramp, s. It is null where there is no cap. */
  maxLevelS: number | null;
}

/** What a job does next: it runs an attempt, ends one that is whole, or ends itself. */
export type Decision = { run: AttemptStart } | { end: AttemptStart } | { outcome: Outcome };

/**
 * What the job does next. The first of these that holds decides: its report is frozen, it was cancelled, its
 * last level ended it, an attempt is whole, its plan is done, its limits are spent. Otherwise the level that
 * the plan wants runs.
 */
export function decide(job: Snapshot, rules: LevelRules, nowUnixMs: number): Decision {
  const { spec, ended } = job;
  if (job.frozen !== null) return { outcome: job.frozen };
  if (job.isCancelled) return { outcome: CANCELLED };
  const outcome = outcomeAfter(ended);
  if (outcome !== null) return { outcome };
  const whole = job.open.find(({ start, torn }) => torn === null && !ended.some(isOf(start.plan)));
  if (whole !== undefined) return { end: whole.start };
  const wanted = plan(spec, ended, searchLeft(job, rules, nowUnixMs));
  if (wanted === null) return { outcome: COMPLETED };

  const latest = job.open.find(({ start }) => isOf(wanted)(start));
  const torn = latest?.torn ?? NOTHING_USED;
  const remaining = remainingOf(spec, {
    durationS: takenS(job, nowUnixMs),
    ...usedInAll([torn, ...ended.map(({ used }) => used)]),
  });
  if (isSpent(remaining)) return { outcome: cutShort(ended, problemOf("budget")) };
  const attempt = 1 + (latest?.start.attempt ?? 0);
  return { run: attemptStart({ wanted, attempt, torn, remaining, learnt: job.learnt }, rules, nowUnixMs) };
}

const isOf =
  (level: LevelPlan) =>
  ({ plan: { id, repeat } }: { plan: LevelPlan }): boolean =>
    id === level.id && repeat === level.repeat;

/**
 * What is left to a search. Its time begins with the first level after the warm-up: the endpoint may have had to load
 * before it.
 * Tokens count as the requests that they are enough for.
 */
function searchLeft(job: Snapshot, rules: LevelRules, nowUnixMs: number): SearchLeft {
  const { spec, ended, open } = job;
  const users = Math.min(rules.maxUsers, rules.maxShards * rules.usersPerShard);
  const search = searchOf(spec);
  if (search === null) return { users, timeS: Infinity, requests: Infinity };
  const used = usedInAll(
    [...ended, ...open.map(({ torn }) => ({ used: torn ?? NOTHING_USED }))].map((each) => each.used),
  );
  const remaining = remainingOf(spec, { durationS: takenS(job, nowUnixMs), ...used });
  const tokensEach = used.requests === 0 ? 0 : used.outputTokens / used.requests;
  const searchedS = (nowUnixMs - (ended.find(isMeasured)?.t0UnixMs ?? nowUnixMs)) / 1000;
  return {
    users,
    timeS: Math.min(search.withinS - searchedS, remaining.durationS) - rules.leadMs / 1000,
    requests: Math.min(
      remaining.requests ?? Infinity,
      tokensEach === 0 ? Infinity : (remaining.outputTokens ?? Infinity) / tokensEach,
    ),
  };
}

const takenS = ({ startedUnixMs }: Snapshot, nowUnixMs: number): number =>
  startedUnixMs === null ? 0 : (nowUnixMs - startedUnixMs) / 1000;

/** A shard is lost when it is not done this long after its level's ramp, duration and longest drain. */
const LOST_AFTER_S = 60;
const DRAIN_S = 30;

interface Draft {
  wanted: LevelPlan;
  attempt: number;
  torn: Used;
  remaining: Remaining;
  learnt: Learnt;
}

function attemptStart(
  { wanted, attempt, torn, remaining, learnt }: Draft,
  rules: LevelRules,
  nowUnixMs: number,
): AttemptStart {
  const { plan: level, isShortened } = withinTime(
    wanted,
    Math.min(remaining.durationS, rules.maxLevelS ?? Infinity),
  );
  const shards = shardsOf(level.load, learnt.largestE2eMs, rules);
  const t0UnixMs = nowUnixMs + rules.leadMs;
  const drainS = Math.max(DRAIN_S, (3 * (learnt.largestE2eMs ?? 0)) / 1000);
  return {
    schema: "brimline.attempt/1",
    plan: level,
    attempt,
    shards,
    t0UnixMs,
    ...learnt,
    isShortened,
    budget: { requests: remaining.requests, outputTokens: remaining.outputTokens },
    maxOpen: Math.ceil(rules.maxUsers / shards),
    torn,
    lostAfterUnixMs: t0UnixMs + 1000 * (level.rampS + (level.stop.durationS ?? 0) + drainS + LOST_AFTER_S),
  };
}
