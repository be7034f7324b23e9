import { z } from "zod";
import { demandOf, Load, loadOf } from "../load.ts";
import { concurrencyLoad } from "../load/concurrency.ts";
import type { Demand, LevelStop } from "../load/demand.ts";
import type { LevelEnd } from "./attempt.ts";
import { searchStep } from "./search.ts";
import type { JobSpec, Search } from "./spec.ts";

/** What a level is to do. */
export const LevelPlan = z.object({
  id: z.string(),
  role: z.enum(["warmup", "measured"]),
  load: Load,
  stop: z.object({ durationS: z.number().nullable(), requests: z.int().nullable() }),
  rampS: z.number(),
  repeat: z.int(),
});
export type LevelPlan = z.infer<typeof LevelPlan>;

/** Whether the level counts as one that was asked for. The warm-up does not. */
export const isMeasured = ({ plan }: { plan: Pick<LevelPlan, "role"> }): boolean => plan.role !== "warmup";

/**
 * How long a level lasts that nothing in the job ends: for so many median latencies, or for so many requests where
 * its few users, or its low rate, would send fewer in that time. A P95 needs 72 independent ones in the window, which
 * begins one latency after the start.
 */
export const LEVEL_DURATION_S = { perMedianE2e: 24, forRequests: 80, min: 30, max: 180 };
/**
 * How long the levels of a search last: in latencies, so that queues show, in requests, and in s. Short ones have to
 * tell on which side of the boundary a load lies, full ones to prove it.
 */
const SEARCH_LENGTH = {
  short: { e2es: 6, requests: 24, minS: 8, maxS: 60 },
  full: { e2es: 24, requests: 120, minS: 20, maxS: 120 },
};
/** The longest ramp of a job that asks for none. */
export const RAMP_MAX_S = 30;
/** The longest that a warm-up may take, so that a very slow endpoint does not use up the job's time. */
const WARMUP_MAX_S = 300;

/**
 * The loads of a job in the order in which they run. A list runs as written, a sweep as 1, 2, 4 … max. A search may
 * run any load up to its `max`, these before it closes in on its boundary.
 */
export function loadsOf(spec: JobSpec): Load[] {
  if (Array.isArray(spec.levels)) return spec.levels.map(loadOf);
  const max = "sweep" in spec.levels ? spec.levels.sweep.max : (spec.levels.search.max ?? 1);
  const users: number[] = [];
  for (let next = 1; next < max; next *= 2) users.push(next);
  return [...users, max].map(concurrencyLoad);
}

/** `l01`, `l02` … Jobs of 100 levels or more have one digit more. */
const levelId = (index: number): string => `l${String(index + 1).padStart(2, "0")}`;

/**
 * The warm-up as asked. By default it has min(5, first level) users (1 for a rate) and four requests for
 * each. It is null where it is off.
 */
export function warmupOf(spec: JobSpec): { users: number; requests: number } | null {
  if (spec.warmup === false) return null;
  if (spec.warmup !== undefined) return spec.warmup;
  const first = loadsOf(spec)[0];
  const users = Math.min(5, (first === undefined ? null : demandOf(first).users) ?? 1);
  return { users, requests: 4 * users };
}

/** Quiet seconds before load, in which the idle power is measured: 15 with agents, 0 without. */
export const idleSOf = (spec: JobSpec): number => spec.idleS ?? (spec.agents.length > 0 ? 15 : 0);

type EndedLevels = Pick<LevelEnd, "plan" | "counters">[];

/** What a search may still use: the most users that the service lets a level have, and time. */
export interface SearchLeft {
  users: number;
  timeS: number;
}

/** The number of runs of measured levels in the whole job. It is null for a search, which ends when it knows enough. */
export const runCountOf = (spec: JobSpec): number | null =>
  searchOf(spec) === null ? loadsOf(spec).length * spec.repeats : null;

export const searchOf = ({ levels }: Pick<JobSpec, "levels">): Search | null =>
  "search" in levels ? levels.search : null;

/**
 * What to run next after the levels that have ended: first the warm-up, then every level, and all levels
 * again until each ran `repeats` times. It is null when all of that is done. The repeats are interleaved, so
 * that drift of the endpoint does not look like a difference between levels. A search takes its next level from
 * those that have ended, within what it has left.
 */
export function plan(
  spec: JobSpec,
  ended: EndedLevels,
  left: SearchLeft = { users: Infinity, timeS: Infinity },
): LevelPlan | null {
  const warmup = warmupOf(spec);
  const warmupEnd = ended.find((level) => !isMeasured(level));
  if (warmup !== null && warmupEnd === undefined) {
    return {
      id: "warmup",
      role: "warmup",
      load: concurrencyLoad(warmup.users),
      stop: { durationS: WARMUP_MAX_S, requests: warmup.requests },
      rampS: 0,
      repeat: 0,
    };
  }
  const search = searchOf(spec);
  if (search !== null) return searchPlan(spec, search, ended, left);
  const measured = ended.filter(isMeasured).length;
  const loads = loadsOf(spec);
  const load = loads[measured % loads.length];
  if (load === undefined || measured >= loads.length * spec.repeats) return null;
  const demand = demandOf(load);
  const medianE2eMs = warmupEnd?.counters.medianE2eMs ?? null;
  const medianE2eS = medianE2eMs === null ? null : medianE2eMs / 1000;
  return {
    id: levelId(measured % loads.length),
    role: "measured",
    load,
    stop: stopOf(demand.stopOf(spec.stop), demand, medianE2eS ?? 0),
    rampS: demand.rampS(spec.rampS ?? Math.min(medianE2eS ?? 0, RAMP_MAX_S)),
    repeat: Math.floor(measured / loads.length),
  };
}

/** How long a level that nothing in the job ends lasts, by the latency of the warm-up. */
function stopOf(asked: LevelStop, demand: Demand, medianE2eS: number): LevelStop {
  if (asked.durationS !== null || asked.requests !== null) return asked;
  const { perMedianE2e, forRequests, min, max } = LEVEL_DURATION_S;
  const perRequestS = demand.isOpenLoop ? 1 / demand.ratePerS : medianE2eS / demand.users;
  const wantedS = Math.max(perMedianE2e * medianE2eS, forRequests * perRequestS);
  return { durationS: Math.min(Math.max(wantedS, min), max), requests: null };
}

/** The next level of a search. Its id is that of its load, in the order in which loads were first tried. */
function searchPlan(
  { slo, rampS }: JobSpec,
  { max = Infinity }: Search,
  ended: EndedLevels,
  left: SearchLeft,
): LevelPlan | null {
  const measured = ended.filter(isMeasured);
  const step = searchStep(slo, Math.min(max, left.users), measured);
  if (step === null) return null;
  const { users, isShort } = step;
  const { e2es, requests, minS, maxS } = SEARCH_LENGTH[isShort ? "short" : "full"];
  const { e2eS, mostS } = expectedE2e(users, ended);
  const wantedS = Math.min(Math.max(Math.max(e2es, requests / users) * e2eS, minS), maxS);
  const startS = rampS ?? Math.min(e2eS, RAMP_MAX_S);
  // What is in flight when it stops takes one latency more.
  const durationS = Math.floor(Math.min(wantedS, left.timeS - startS - mostS));
  if (durationS < SEARCH_LENGTH.short.minS) return null;
  const tried = [...new Set(measured.map(usersOf))];
  const index = tried.indexOf(users);
  return {
    id: levelId(index === -1 ? tried.length : index),
    role: "measured",
    load: concurrencyLoad(users),
    stop: { durationS, requests: null },
    rampS: startS,
    repeat: measured.filter((level) => usersOf(level) === users).length,
  };
}

const usersOf = ({ plan }: { plan: LevelPlan }): number => demandOf(plan.load).value;

/** The latency at the nearest load that was tried, and the most that it may be at this one: it grows at most with the load. */
function expectedE2e(users: number, ended: EndedLevels): { e2eS: number; mostS: number } {
  const far = (level: EndedLevels[number]): number => Math.abs(Math.log(usersOf(level) / users));
  const [nearest] = ended
    .filter(({ counters }) => counters.medianE2eMs !== null)
    .toSorted((a, b) => far(a) - far(b));
  if (nearest === undefined) return { e2eS: 0, mostS: 0 };
  const e2eS = (nearest.counters.medianE2eMs ?? 0) / 1000;
  return { e2eS, mostS: e2eS * Math.max(1, users / usersOf(nearest)) };
}
