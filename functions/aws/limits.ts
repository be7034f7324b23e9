import { legsOf } from "@brimline/core/job/leg";
import { askedDurationS, loadsOf, warmupOf } from "@brimline/core/job/plan";
import type { JobSpec } from "@brimline/core/job/spec";
import type { Load } from "@brimline/core/load";
import type { ProblemError } from "../api/problem.ts";

/** As many streams as one shard of 1,769 MB (one vCPU) holds without adding to what it measures. */
export const USERS_PER_SHARD = 250;
/** Until more were measured side by side on AWS. */
const SHARDS_MAX = 200;
export const USERS_MAX = SHARDS_MAX * USERS_PER_SHARD;
/** Concurrent functions that are left to the API, the workflow and its other tasks. */
const SPARE_FUNCTIONS = 5;
/** What one invocation of at most 15 min carries of a level, beside its lead, its drain and the writing of its records. Longer levels are handed over. */
export const LEG_MAX_S = 780;
/** As long as a level may last: the longest `stop.durationS` with the longest `rampS`. Only a rate's `stop.requests` could ask for more. */
const LEVEL_MAX_S = 15_000;

/** A durable execution has at most 3,000 operations. What else a job takes of them is left to it. */
const OPERATIONS_MAX = 2800;
/** Of each shard: a context and an invoke. Of each leg: a context, a wait, a step and a map. */
const OPERATIONS = { perShard: 2, perLeg: 4 };

/** How many shards a level may have where the account runs so many functions at once. */
export const shardsAllowed = (concurrency: number): number =>
  Math.max(1, Math.min(SHARDS_MAX, concurrency - SPARE_FUNCTIONS));

/** What a job asks that cannot be run on Lambda; empty where all can. */
export const refusals = (spec: JobSpec, maxShards: number): ProblemError[] => [
  ...userRefusals(spec, maxShards),
  ...durationRefusals(spec),
];

function userRefusals(spec: JobSpec, maxShards: number): ProblemError[] {
  const most = maxShards * USERS_PER_SHARD;
  const mostOfLong = Math.max(1, Math.floor(maxShards / 2)) * USERS_PER_SHARD;
  const refusal = (pointer: string, limit: number, why: string): ProblemError => ({
    pointer,
    detail: `asks more users at once than this account's Lambda quota for concurrent executions carries: at most ${limit}${why}. Raise the quota in Service Quotas`,
  });
  const largest = largestUsersOf(spec);
  const warmup = warmupOf(spec);
  const isHandedOver = legCountOf(spec) > 1;
  return [
    ...(largest > most ? [refusal("/levels", most, "")] : []),
    ...(largest <= most && isHandedOver && largest > mostOfLong
      ? [
          refusal(
            "/levels",
            mostOfLong,
            ` where a level lasts longer than ${LEG_MAX_S} s, for it is handed over between functions that run side by side`,
          ),
        ]
      : []),
    ...(warmup !== null && warmup.users > most ? [refusal("/warmup/users", most, "")] : []),
  ];
}

/** How long a level may last: one that ends by its requests cannot be handed over, and a long one of many shards takes many operations. */
function durationRefusals(spec: JobSpec): ProblemError[] {
  const { stop, rampS = 0 } = spec;
  const loads = loadsOf(spec);
  if (stop?.requests === undefined) return operationRefusals(spec);
  const longestRateS = Math.max(0, ...loads.map((load) => rateDurationS(spec, load)));
  if (longestRateS > LEVEL_MAX_S) {
    return [
      {
        pointer: "/stop/requests",
        detail: `takes ${Math.ceil(longestRateS)} s at the lowest rate: on AWS a level lasts at most ${LEVEL_MAX_S} s`,
      },
    ];
  }
  if (loads.every((load) => load.kind === "rate")) return [];
  const mostS = LEG_MAX_S - rampS;
  if (stop.durationS === undefined) {
    return [
      {
        pointer: "/stop",
        detail: `needs durationS beside requests (at most ${mostS}): on AWS the longest time of a level must be known`,
      },
    ];
  }
  if (stop.durationS <= mostS) return [];
  const detail = `must, with rampS, be at most ${LEG_MAX_S} beside requests: on AWS a longer level is handed over, and one that ends by its requests cannot be`;
  return [{ pointer: "/stop/durationS", detail }];
}

/** Whether the largest level, handed over as often as it must be, fits into one execution of the workflow. */
function operationRefusals(spec: JobSpec): ProblemError[] {
  const shards = Math.ceil(largestUsersOf(spec) / USERS_PER_SHARD);
  const mostLegs = Math.floor(OPERATIONS_MAX / (OPERATIONS.perLeg + OPERATIONS.perShard * shards));
  if (legCountOf(spec) <= Math.max(1, mostLegs)) return [];
  const detail = `must, with rampS, be at most ${mostLegs * LEG_MAX_S} for ${largestUsersOf(spec)} users: on AWS a longer level takes more operations than one workflow may have`;
  return [{ pointer: "/stop/durationS", detail }];
}

/** Into how many legs a level is divided, as far as is known before the warm-up: where answers take more than 30 s there are more. */
const legCountOf = ({ stop, rampS = 0 }: JobSpec): number =>
  legsOf(
    { stop: { durationS: stop?.durationS ?? null, requests: stop?.requests ?? null }, rampS },
    { maxS: LEG_MAX_S, e2eMs: null },
  ).length;

const largestUsersOf = (spec: JobSpec): number =>
  Math.max(0, ...loadsOf(spec).map((load) => (load.kind === "concurrency" ? load.users : 0)));

const rateDurationS = (spec: JobSpec, load: Load): number =>
  load.kind === "rate" ? (askedDurationS(spec, load.ratePerS) ?? 0) : 0;
