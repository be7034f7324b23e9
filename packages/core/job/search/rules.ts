import type { LevelEnd } from "../level/attempt.ts";
import type { JobSpec, Search } from "../spec/spec.ts";

/** What a search knows of a level that has ended. */
export type SearchedLevel = Pick<LevelEnd, "plan" | "counters">;

/**
 * What a search runs next, by the value of its load: one that the job names, for its figures; or it raises the load,
 * closes in on the boundary, or proves on which side of it a load lies.
 */
export interface SearchStep {
  value: number;
  act: "include" | "raise" | "close_in" | "prove";
}

/** What is looked for, where it begins and what it may try at most, in users or requests per second. */
export interface SearchRules {
  of: Search["of"];
  slo: JobSpec["slo"];
  first: number;
  max: number;
  /** Loads that run before anything else, long enough for figures of their own. */
  include: number[];
}

export type Slo = NonNullable<JobSpec["slo"]>;

/** No load is taken to lie further from the boundary: what misses altogether says no more of where it lies. */
export const FARTHEST = 3;
