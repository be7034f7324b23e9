import { type Demand, demandOf, type Load, loadOf } from "../load.ts";
import { concurrencyLoad } from "../load/concurrency.ts";
import type { LevelStop } from "../load/demand.ts";
import type { LevelEnd } from "./attempt.ts";
import { isMeasured, type LevelPlan } from "./level-plan.ts";
import { partsWanted, type Precision } from "./precision.ts";
import { RATE_MAX_PER_S, rateLoad } from "../load/rate.ts";
import { steadyLength } from "./search-length.ts";
import { proofStep, type SearchRules, type SearchStep, searchStep, toDigits } from "./search.ts";
import type { JobSpec, Search } from "./spec.ts";

/**
 * How long a level lasts that nothing in the job ends: for so many median latencies, or for so many requests where
 * its few users, or its low rate, would send fewer in that time. A P95 needs 72 independent ones in the window, which
 * begins one latency after the start.
 */
export const LEVEL_DURATION_S = { perMedianE2e: 24, forRequests: 80, min: 30, max: 180 };
/** An open loop is steady after this time, or one latency of the warm-up if that is longer, s. */
const OPEN_LEAD_S = 2;
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
  const search = searchOf(spec);
  if (search?.of === "rate") return [searchedLoad(search, search.max ?? 1)];
  const max = "sweep" in spec.levels ? spec.levels.sweep.max : (search?.max ?? 1);
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

/** What a search may still use: the most users that the service lets a level have, time and requests. */
export interface SearchLeft {
  users: number;
  timeS: number;
  requests: number;
}

/** The number of runs of measured levels in the whole job. It is null for a search or a precision, which end when enough is known. */
export const runCountOf = (spec: JobSpec): number | null =>
  searchOf(spec) === null && spec.precision === undefined ? loadsOf(spec).length * spec.repeats : null;

export const searchOf = ({ levels }: Pick<JobSpec, "levels">): Search | null =>
  "search" in levels ? levels.search : null;

/** A load of a search by its value, which is in users or requests per second. */
function searchedLoad(search: Search, value: number): Load {
  const { of, max: _max, include: _include, withinS: _withinS, ...arrival } = search;
  return of === "rate" ? rateLoad({ rate: value, ...arrival }) : concurrencyLoad(value);
}

/**
 * What to run next after the levels that have ended: first the warm-up, then every level, and all levels
 * again until each ran `repeats` times. It is null when all of that is done. The repeats are interleaved, so
 * that drift of the endpoint does not look like a difference between levels. A search takes its next level from
 * those that have ended, within what it has left.
 */
export function plan(
  spec: JobSpec,
  ended: EndedLevels,
  left: SearchLeft = { users: Infinity, timeS: Infinity, requests: Infinity },
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
  const medianE2eMs = warmupEnd?.counters.medianE2eMs ?? null;
  const runOf = (index: number, repeat: number): LevelPlan | null => {
    const load = loads[index];
    if (load === undefined) return null;
    const alike = ended.filter((end) => !isMeasured(end) || end.plan.load.kind === load.kind);
    const { e2eS } = expectedE2e(demandOf(load).value, alike);
    return listedPlan(spec, { index, load, repeat, medianE2eMs, e2eS });
  };
  if (spec.precision !== undefined) return precisePlan(spec.precision, ended, loads.length, runOf);
  return measured < loads.length * spec.repeats
    ? runOf(measured % loads.length, Math.floor(measured / loads.length))
    : null;
}

/**
 * Users start over the time that an answer takes at their load (`e2eS`), as far as it can be known. Those who start over
 * less ask in waves for as long as the level lasts where answers are of one length, and wait for one another.
 */
function listedPlan(
  spec: JobSpec,
  {
    index,
    load,
    repeat,
    medianE2eMs,
    e2eS,
  }: { index: number; load: Load; repeat: number; medianE2eMs: number | null; e2eS: number },
): LevelPlan {
  const demand = demandOf(load);
  const medianE2eS = (medianE2eMs ?? 0) / 1000;
  return {
    id: levelId(index),
    role: "measured",
    load,
    stop: stopOf(demand.stopOf(spec.stop), demand, medianE2eS),
    rampS: demand.rampS(spec.rampS ?? Math.min(e2eS, RAMP_MAX_S)),
    repeat,
  };
}

/** The next part of the level that has the fewest of those that still want one. */
function precisePlan(
  precision: Precision,
  ended: EndedLevels,
  levels: number,
  runOf: (index: number, repeat: number) => LevelPlan | null,
): LevelPlan | null {
  const wanting = Array.from({ length: levels }, (_, index) => {
    const own = ended.filter((end) => isMeasured(end) && end.plan.id === levelId(index));
    const next = runOf(index, own.length);
    const parts = own.map(({ counters }) => counters.steady?.halfWidths ?? null);
    // Where the endpoint cannot keep up there is nothing to be more sure of.
    if (next === null || own.some(({ counters }) => counters.isSaturated)) return null;
    const { load, stop } = next;
    return own.length < partsWanted(parts, { load, durationS: stop.durationS ?? 0 }, precision) ? next : null;
  });
  return wanting
    .filter((next) => next !== null)
    .reduce<LevelPlan | null>(
      (least, next) => (least !== null && least.repeat <= next.repeat ? least : next),
      null,
    );
}

/** How long a level that nothing in the job ends lasts, by the latency of the warm-up. */
function stopOf(asked: LevelStop, demand: Demand, medianE2eS: number): LevelStop {
  if (asked.durationS !== null || asked.requests !== null) return asked;
  const { perMedianE2e, forRequests, min, max } = LEVEL_DURATION_S;
  const perRequestS = demand.isOpenLoop ? 1 / demand.ratePerS : medianE2eS / demand.users;
  const wantedS = Math.max(perMedianE2e * medianE2eS, forRequests * perRequestS);
  return { durationS: Math.min(Math.max(wantedS, min), max), requests: null };
}

/**
 * The next level of a search. Where closing in would leave no time to prove that any load lies below the boundary, that
 * is done first: an answer that holds is worth more than a closer one that does not.
 */
function searchPlan(spec: JobSpec, search: Search, ended: EndedLevels, left: SearchLeft): LevelPlan | null {
  const measured = ended.filter(isMeasured);
  const rules = searchRules(spec, search, ended, left);
  const levelFor = (step: SearchStep | null): SearchedPlan | null =>
    step === null ? null : searchedPlan(spec, search, { step, ended, left });
  const step = searchStep(rules, measured);
  const [next, proof] = [levelFor(step), levelFor(proofStep(rules, measured))];
  const isLate =
    next === null || (step?.act === "close_in" && left.timeS - next.takesS < (proof?.takesS ?? 0));
  return ((isLate ? proof : null) ?? next)?.level ?? null;
}

/** A level of a search, and how long it may take with its ramp and its last answers, s. */
interface SearchedPlan {
  level: LevelPlan;
  takesS: number;
}

/** It is null where too little is left for it. Its id is that of its load, in the order in which loads were first tried. */
function searchedPlan(
  spec: JobSpec,
  search: Search,
  { step, ended, left }: { step: SearchStep; ended: EndedLevels; left: SearchLeft },
): SearchedPlan | null {
  const { value } = step;
  const measured = ended.filter(isMeasured);
  const load = searchedLoad(search, value);
  const demand = demandOf(load);
  const { leastS, e2eS, mostS } = expectedE2e(value, ended);
  const eachOf = (latencyS: number): number =>
    demand.isOpenLoop ? 1 / demand.ratePerS : latencyS / demand.users;
  // A closed loop starts over a ramp before its duration begins, an open one within it.
  const rampS = demand.rampS(spec.rampS ?? Math.min(e2eS, RAMP_MAX_S));
  const leadS = demand.isOpenLoop ? Math.max(OPEN_LEAD_S, e2eS) : 0;
  const same = measured.filter((level) => valueOf(level) === value);
  const length = steadyLength(spec, step, { demand, e2eS, same });
  // What is in flight when it stops takes one latency more. A search runs one level, however slow the endpoint is.
  const fitsS = left.timeS - rampS - (measured.length === 0 ? 0 : mostS);
  // How long one request takes is not known before the first level of a job without a warm-up.
  const paidS =
    Number.isFinite(left.requests) && eachOf(leastS) > 0 ? left.requests * eachOf(leastS) - rampS : Infinity;
  const durationS = Math.floor(Math.min(leadS + length.steadyS, fitsS, paidS));
  if (durationS < leadS + length.leastS) return null;
  const tried = [...new Set(measured.map(valueOf))];
  const index = tried.indexOf(value);
  return {
    level: {
      id: levelId(index === -1 ? tried.length : index),
      role: "measured",
      load,
      stop: { durationS, requests: null },
      rampS,
      repeat: same.length,
    },
    takesS: rampS + leadS + length.steadyS + mostS,
  };
}

/** It begins with one user, or at the rate at which an idle endpoint has one request in flight. */
function searchRules(
  { slo }: JobSpec,
  { of, max, include }: Search,
  ended: EndedLevels,
  left: SearchLeft,
): SearchRules {
  if (of === "users") return { of, slo, include, first: 1, max: Math.min(max ?? Infinity, left.users) };
  const idleE2eMs = ended.find((level) => !isMeasured(level))?.counters.medianE2eMs ?? 1000;
  const most = max ?? RATE_MAX_PER_S;
  return { of, slo, include, first: Math.min(toDigits(1000 / idleE2eMs, 2), most), max: most };
}

const valueOf = ({ plan }: { plan: LevelPlan }): number => demandOf(plan.load).value;

/**
 * The latency at a load: between the loads beside it, or beyond the last one as it grew up to there, evenly in
 * logarithms; and the least and the most that it may be, because it never falls and grows at most with the load. The
 * warm-up counts where nothing else is known.
 */
function expectedE2e(value: number, ended: EndedLevels): { leastS: number; e2eS: number; mostS: number } {
  const known = ended.flatMap((level) => {
    const { medianE2eMs } = level.counters;
    return medianE2eMs === null
      ? []
      : [{ isWarmup: !isMeasured(level), value: valueOf(level), e2eS: medianE2eMs / 1000 }];
  });
  const tried = known.filter(({ isWarmup }) => !isWarmup).toSorted((a, b) => a.value - b.value);
  const first = tried[0] ?? known[0];
  if (first === undefined) return { leastS: 0, e2eS: 0, mostS: 0 };
  const below = tried.findLast((load) => load.value <= value) ?? first;
  const beyond = tried.find((load) => load.value > value);
  const before = tried.findLast((load) => load.value < below.value);
  const [from, to] = beyond === undefined ? [before ?? below, below] : [below, beyond];
  const slope = from.value === to.value ? 0 : Math.log(to.e2eS / from.e2eS) / Math.log(to.value / from.value);
  const grown = Math.max(1, value / below.value);
  const e2eS = below.e2eS * grown ** Math.min(Math.max(slope, 0), 1);
  return { leastS: below.e2eS, e2eS, mostS: tried.length === 0 ? below.e2eS : below.e2eS * grown };
}
