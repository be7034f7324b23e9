import { demandOf } from "@brimline/core/load";
import { loadsOf, warmupOf } from "@brimline/core/job/plan/loads";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { ProblemError } from "../api/door/problem.ts";

/** The number of streams that one shard of 1,769 MB (one vCPU) carries without adding to what it measures. */
export const USERS_PER_SHARD = 250;
/** The largest number of shards. No more have been measured side by side on AWS yet. */
export const SHARDS_MAX = 200;
export const USERS_MAX = SHARDS_MAX * USERS_PER_SHARD;
/** The number of concurrent functions that are left to the API, the workflow and its other tasks. */
export const SPARE_FUNCTIONS = 5;

/**
 * The time for every shard of a level to start cold (6 s), to measure its own error (at most 6 s) and to open
 * its connections.
 */
export const LEAD_MS = 15_000;
/** The longest time that Lambda lets a function run. */
const INVOCATION_S = 900;
/** The part of an invocation that a shard keeps for writing its records. */
const WRITE_S = 15;
/** The part of an invocation that is kept for the drain of the longest level. */
const DRAIN_S = 90;

const END_S = INVOCATION_S - LEAD_MS / 1000 - WRITE_S;
/** A shard lives through its whole level, from its lead to its records, in one invocation. */
export const LEVEL = { loadS: END_S - DRAIN_S, endS: END_S };

/** The part of an invocation that preflight keeps to start and to write its verdict. */
const VERDICT_S = 30;
const TURN_S = 120;
/** A preflight that met its endpoint at the end of its turn still asks all its requests in one invocation. */
export const PREFLIGHT = { turnS: TURN_S, askS: INVOCATION_S - TURN_S - VERDICT_S };

/** The number of shards that a level may have when the account runs so many functions at once. */
export const shardsAllowed = (concurrency: number): number =>
  Math.max(1, Math.min(SHARDS_MAX, concurrency - SPARE_FUNCTIONS));

/** What a job asks that this account's Lambda cannot carry. It is empty when Lambda carries everything. */
export function refusals(spec: JobSpec, maxShards: number): ProblemError[] {
  const most = maxShards * USERS_PER_SHARD;
  const asked = [
    ...loadsOf(spec).map((load) => ({ pointer: "/levels", users: demandOf(load).users ?? 0 })),
    { pointer: "/warmup/users", users: warmupOf(spec)?.users ?? 0 },
  ];
  const tooMany = new Set(asked.flatMap(({ pointer, users }) => (users > most ? pointer : [])));
  const detail = `asks for more users at once than this account's Lambda quota for concurrent executions carries: at most ${most}. Raise the quota in Service Quotas`;
  return [...tooMany].map((pointer) => ({ pointer, detail }));
}
