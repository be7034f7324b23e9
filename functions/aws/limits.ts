import { loadsOf, warmupOf } from "@brimline/core/job/plan";
import type { JobSpec } from "@brimline/core/job/spec";
import type { ProblemError } from "../api/problem.ts";

/** As many streams as one shard of 1,769 MB (one vCPU) holds without adding to what it measures. */
export const USERS_PER_SHARD = 250;
/** Until more were measured side by side on AWS. */
const SHARDS_MAX = 200;
export const USERS_MAX = SHARDS_MAX * USERS_PER_SHARD;
/** Concurrent functions that are left to the API, the workflow and its other steps. */
const SPARE_FUNCTIONS = 5;
/** A level runs in one invocation of at most 15 min, which also holds its lead, its drain and the writing of its records. */
export const LEVEL_MAX_S = 780;

/** How many shards a level may have where the account runs so many functions at once. */
export const shardsOf = (concurrency: number): number => Math.max(1, Math.min(SHARDS_MAX, concurrency - SPARE_FUNCTIONS));

/** What a job asks that cannot be run on Lambda; empty where all can. */
export const refusals = (spec: JobSpec, maxShards: number): ProblemError[] => [...userRefusals(spec, maxShards), ...durationRefusals(spec)];

function userRefusals(spec: JobSpec, maxShards: number): ProblemError[] {
  const most = maxShards * USERS_PER_SHARD;
  const detail = `asks more users at once than this account's Lambda quota for concurrent executions carries: at most ${most}. Raise the quota in Service Quotas`;
  const isOver = (users: number): boolean => users > most;
  const warmup = warmupOf(spec);
  return [
    ...(loadsOf(spec).some((load) => load.kind === "concurrency" && isOver(load.users)) ? [{ pointer: "/levels", detail }] : []),
    ...(warmup !== null && isOver(warmup.users) ? [{ pointer: "/warmup/users", detail }] : []),
  ];
}

function durationRefusals({ stop, rampS = 0 }: JobSpec): ProblemError[] {
  if (stop?.requests !== undefined && stop.durationS === undefined) {
    const detail = `needs durationS beside requests (at most ${LEVEL_MAX_S - rampS}): on AWS a level runs in one invocation, so its longest time must be known`;
    return [{ pointer: "/stop", detail }];
  }
  if ((stop?.durationS ?? 0) + rampS <= LEVEL_MAX_S) return [];
  return [
    { pointer: "/stop/durationS", detail: `must, with rampS, be at most ${LEVEL_MAX_S}: on AWS a level runs in one invocation. Ask for repeats instead` },
  ];
}
