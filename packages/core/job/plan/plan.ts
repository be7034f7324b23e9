import { type Demand, demandOf, type Load } from "../../load.ts";
import { concurrencyLoad } from "../../load/concurrency.ts";
import type { LevelStop } from "../../load/demand.ts";
import { isMeasured, type LevelPlan } from "../level/level-plan.ts";
import { partsWanted, type Precision } from "../level/precision.ts";
import type { JobSpec } from "../spec/spec.ts";
import { type EndedLevels, expectedE2e } from "./expected.ts";
import { levelId, loadsOf, RAMP_MAX_S, searchOf, warmupOf } from "./loads.ts";
import { type SearchLeft, searchPlan } from "./searched.ts";

/**
 * How long a level lasts that nothing in the job ends: for so many median latencies, or for so many requests where
 * its few users, or its low rate, would send fewer in that time. A P95 needs 72 independent ones in the window, which
 * begins one latency after the start.
 */
export const LEVEL_DURATION_S = { perMedianE2e: 24, forRequests: 80, min: 30, max: 180 };

/** The longest that a warm-up may take, so that a very slow endpoint does not use up the job's time. */
const WARMUP_MAX_S = 300;

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
