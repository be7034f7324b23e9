import { demandOf, type Load, loadOf } from "../../load.ts";
import { concurrencyLoad } from "../../load/concurrency.ts";
import { rateLoad } from "../../load/rate.ts";
import type { JobSpec, Search } from "../spec/spec.ts";

/** The longest ramp of a job that asks for none. */
export const RAMP_MAX_S = 30;

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
export const levelId = (index: number): string => `l${String(index + 1).padStart(2, "0")}`;

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

/** The number of runs of measured levels in the whole job. It is null for a search or a precision, which end when enough is known. */
export const runCountOf = (spec: JobSpec): number | null =>
  searchOf(spec) === null && spec.precision === undefined ? loadsOf(spec).length * spec.repeats : null;

export const searchOf = ({ levels }: Pick<JobSpec, "levels">): Search | null =>
  "search" in levels ? levels.search : null;

/** A load of a search by its value, which is in users or requests per second. */
export function searchedLoad(search: Search, value: number): Load {
  const { of, max: _max, include: _include, withinS: _withinS, ...arrival } = search;
  return of === "rate" ? rateLoad({ rate: value, ...arrival }) : concurrencyLoad(value);
}
