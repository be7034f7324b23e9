import { z } from "zod";
import { demandOf, Load, loadOf } from "../load.ts";
import { concurrencyLoad } from "../load/concurrency.ts";
import type { Demand, LevelStop } from "../load/demand.ts";
import type { LevelEnd } from "./attempt.ts";
import type { JobSpec } from "./spec.ts";

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
/** The longest ramp of a job that asks for none. */
export const RAMP_MAX_S = 30;
/** The longest that a warm-up may take, so that a very slow endpoint does not use up the job's time. */
const WARMUP_MAX_S = 300;

/** The loads of a job in the order in which they run. A list runs as written, a sweep as 1, 2, 4 … max. */
export function loadsOf(spec: JobSpec): Load[] {
  if (Array.isArray(spec.levels)) return spec.levels.map(loadOf);
  const max = "sweep" in spec.levels ? spec.levels.sweep.max : spec.levels.search.max;
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

/** The number of runs of measured levels in the whole job. */
export const runCountOf = (spec: JobSpec): number => loadsOf(spec).length * spec.repeats;

/**
 * What to run next after the levels that have ended: first the warm-up, then every level, and all levels
 * again until each ran `repeats` times. It is null when all of that is done. The repeats are interleaved, so
 * that drift of the endpoint does not look like a difference between levels.
 */
export function plan(spec: JobSpec, ended: Pick<LevelEnd, "plan" | "counters">[]): LevelPlan | null {
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
  const measured = ended.filter(isMeasured).length;
  const loads = loadsOf(spec);
  const load = loads[measured % loads.length];
  if (load === undefined || measured >= runCountOf(spec)) return null;
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
