import { demandOf } from "../load.ts";
import { dryRunOf } from "./plan/dry-run.ts";
import { idleSOf, loadsOf, searchOf, warmupOf } from "./plan/loads.ts";
import type { JobSpec } from "./spec/spec.ts";

/**
 * The load that a caller of a hosted service may send to an endpoint that it has not proved to be its own: so many users
 * at most, who send for so long in all. It shows that everything works, and troubles nobody.
 */
export const TRIAL = {
  seconds: 60,
  users: 8,
  /** A host gets one in so many seconds, whoever's. */
  everyS: 600,
};

/** A warm-up sends until its requests are answered, so they are what bounds it. */
const WARMUP_REQUESTS = 4 * TRIAL.users;

/** Whether a job asks for no more than a trial. A rate has no bound of what is in flight, so it always does. */
export function isTrial(spec: JobSpec): boolean {
  const warmup = warmupOf(spec);
  if (warmup !== null && (warmup.users > TRIAL.users || warmup.requests > WARMUP_REQUESTS)) return false;
  return mostUsers(spec) <= TRIAL.users && longestS(spec) <= TRIAL.seconds;
}

function mostUsers(spec: JobSpec): number {
  const search = searchOf(spec);
  if (search !== null)
    return search.of === "rate" ? Infinity : Math.max(search.max ?? Infinity, ...search.include);
  return Math.max(...loadsOf(spec).map((load) => demandOf(load).users ?? Infinity));
}

/** How long the levels may send in all, s, with their ramps. */
function longestS(spec: JobSpec): number {
  const { maxS } = dryRunOf(spec).total.time;
  return Math.min(maxS === null ? Infinity : maxS - idleSOf(spec), spec.limits.maxDurationS);
}
