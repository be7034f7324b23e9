import type { Load } from "../load.ts";
import type { JobSpec, LevelSpec } from "./spec.ts";

/** What a level is to do. */
export interface LevelPlan {
  id: string;
  role: "warmup" | "measured" | "search";
  load: Load;
  stop: { durationS: number | null; requests: number | null };
  rampS: number;
  repeat: number;
}

/** What `plan` may know of an ended level: counters only, below 1 kB. */
export interface LevelSummary {
  id: string;
  role: LevelPlan["role"];
  load: Load;
  repeat: number;
  state: "completed" | "stopped" | "cancelled" | "failed";
  ok: number;
  failed: number;
  medianE2eMs: number | null;
  inFlight: number | null;
  outputTokensPerS: number | null;
  sloMet: boolean | null;
  /**
   * Whether an open loop was ended early because the endpoint could not keep up. That is an answer, so the
   * job goes on.
   */
  isSaturated: boolean;
}

const DURATION_S = { perMedianE2e: 24, min: 30, max: 180 };
/** The longest ramp of a job that asks for none. */
export const RAMP_MAX_S = 30;
/** The longest that a warm-up may take, so that a very slow endpoint does not use up the job's time. */
const WARMUP_MAX_S = 300;

export const loadOf = (level: LevelSpec): Load => {
  if (typeof level === "number") return { kind: "concurrency", users: level };
  if ("concurrency" in level) return { kind: "concurrency", users: level.concurrency };
  const arrival = level.arrival ?? "poisson";
  return {
    kind: "rate",
    ratePerS: level.rate,
    arrival,
    burstiness: arrival === "gamma" ? (level.burstiness ?? 1) : null,
  };
};

/** The loads of a job in the order in which they run. A list runs as written, a sweep as 1, 2, 4 … max. */
export function loadsOf(spec: JobSpec): Load[] {
  if (Array.isArray(spec.levels)) return spec.levels.map(loadOf);
  const max = "sweep" in spec.levels ? spec.levels.sweep.max : spec.levels.search.max;
  const users: number[] = [];
  for (let next = 1; next < max; next *= 2) users.push(next);
  return [...users, max].map((count) => ({ kind: "concurrency", users: count }));
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
  const users = first?.kind === "concurrency" ? Math.min(5, first.users) : 1;
  return { users, requests: 4 * users };
}

/** Quiet seconds before load, in which the idle power is measured: 15 with agents, 0 without. */
export const idleSOf = (spec: JobSpec): number => spec.idleS ?? (spec.agents.length > 0 ? 15 : 0);

/** The number of runs of measured levels in the whole job. */
export const runCountOf = (spec: JobSpec): number => loadsOf(spec).length * spec.repeats;

/**
 * What to run next after what is done: first the warm-up, then every level, and all levels again until each
 * ran `repeats` times. The repeats are interleaved, so that drift of the endpoint does not look like a
 * difference between levels.
 */
export function plan(spec: JobSpec, done: LevelSummary[]): LevelPlan | { end: string } {
  const warmup = warmupOf(spec);
  const warmupDone = done.find((level) => level.role === "warmup");
  if (warmup !== null && warmupDone === undefined) {
    return {
      id: "warmup",
      role: "warmup",
      load: { kind: "concurrency", users: warmup.users },
      stop: { durationS: WARMUP_MAX_S, requests: warmup.requests },
      rampS: 0,
      repeat: 0,
    };
  }
  const last = done.at(-1);
  if (last !== undefined && last.state !== "completed" && !last.isSaturated)
    return { end: `level ${last.id} ended ${last.state}` };
  const measured = done.filter((level) => level.role !== "warmup").length;
  const loads = loadsOf(spec);
  const load = loads[measured % loads.length];
  if (load === undefined || measured >= runCountOf(spec)) return { end: "every level is done" };
  const medianE2eS = warmupDone?.medianE2eMs == null ? null : warmupDone.medianE2eMs / 1000;
  return {
    id: levelId(measured % loads.length),
    role: "measured",
    load,
    ...(load.kind === "rate"
      ? { stop: { durationS: rateDurationSOf(spec, load.ratePerS, medianE2eS), requests: null }, rampS: 0 }
      : {
          stop: { durationS: durationSOf(spec, medianE2eS), requests: spec.stop?.requests ?? null },
          rampS: spec.rampS ?? Math.min(medianE2eS ?? 0, RAMP_MAX_S),
        }),
    repeat: Math.floor(measured / loads.length),
  };
}

function durationSOf(spec: JobSpec, medianE2eS: number | null): number | null {
  if (spec.stop?.durationS !== undefined) return spec.stop.durationS;
  if (spec.stop?.requests !== undefined) return null;
  return usualDurationS(medianE2eS);
}

const usualDurationS = (medianE2eS: number | null): number =>
  Math.min(Math.max(DURATION_S.perMedianE2e * (medianE2eS ?? 0), DURATION_S.min), DURATION_S.max);

/**
 * How long the job lets a level by rate send: its duration, or the n / rate seconds that n requests take. It
 * is null where the warm-up decides.
 */
export function askedDurationS({ stop }: Pick<JobSpec, "stop">, ratePerS: number): number | null {
  const { durationS = null, requests } = stop ?? {};
  return requests === undefined ? durationS : Math.min(durationS ?? Infinity, requests / ratePerS);
}

const rateDurationSOf = (spec: JobSpec, ratePerS: number, medianE2eS: number | null): number =>
  askedDurationS(spec, ratePerS) ?? usualDurationS(medianE2eS);
