import { REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { CAPS, RHYTHM } from "@brimline/functions/aws";
import { LEAD_MS, SHARDS_MAX, SPARE_FUNCTIONS, USERS_PER_SHARD } from "@brimline/functions/aws/limits";
import { INPUTS_AT_ONCE } from "@brimline/functions/tasks/freeze";
import { FUNCTIONS } from "../../infra/functions.ts";

/** Quotas and limits as AWS documents them. */
const AWS = {
  newConcurrency: 10,
  concurrency: 1000,
  /** New execution environments of one function in 10 s. */
  scaling: 1000,
  putPerS: 3500,
  getPerS: 5500,
  durableOperations: 3000,
};
/** The time that one small request to S3 is assumed to take, at the slow end. */
const S3_ANSWER_S = 0.1;
/**
 * The figures of a million requests of 100 chunks, as `node packages/bench/records.ts` and `npm run
 * measure:aws` find them.
 */
const AGGREGATE = { secondsPerMillion: 8, mbFixed: 148, mbPerMillion: 180, scratchMbPerMillion: 162 };
/**
 * The requests of the sweep for one open job: its spec, the lease of its host, three reads and a write to
 * start it, and one that asks Lambda whether it runs.
 */
const SWEEP_CALLS_A_JOB = 7;

/**
 * The operations of one durable execution: what a job takes besides its levels, what a level takes, and what
 * each of its shards takes.
 */
const OPERATIONS = { job: 12, level: 3, shard: 2 };
/**
 * The durable operations of a job without a webhook whose levels have this many shards. The warm-up is a
 * level too.
 */
export const operationsOf = (levels: number[]): number =>
  levels.reduce((sum, shards) => sum + OPERATIONS.level + OPERATIONS.shard * shards, OPERATIONS.job);

const levelsCarried = (shards: number): number =>
  Math.floor((AWS.durableOperations - operationsOf([])) / (operationsOf([shards]) - operationsOf([])));
const perS = (times: number, everyMs: number): number => (1000 * times) / everyMs;

/**
 * What breaks, its limit, and the size of ours at which it is reached. The order is about that in which a
 * growing deployment meets them.
 */
export function limits(): string[][] {
  const small = AWS.newConcurrency - SPARE_FUNCTIONS;
  const { Aggregate, Sweep } = FUNCTIONS;
  const inputs = (INPUTS_AT_ONCE * Aggregate.timeoutS) / S3_ANSWER_S;
  const openJobs = (Sweep.timeoutS * REQUESTS_AT_ONCE) / (SWEEP_CALLS_A_JOB * S3_ANSWER_S);
  const whole = (value: number): string => Math.floor(value).toLocaleString("en");
  const millions = (value: number): string => `${value.toFixed(0)} million requests of 100 chunks`;
  const ofLargest = `levels of ${SHARDS_MAX} shards at once`;
  return [
    [
      "Lambda: concurrent executions of a new account",
      String(AWS.newConcurrency),
      `${small} shards, ${whole(small * USERS_PER_SHARD)} users a level: more is refused at submit. The ${SPARE_FUNCTIONS} that are left carry the workflow, the timer and ${SPARE_FUNCTIONS - 2} viewers or agents' requests at once`,
    ],
    [
      "durable execution: operations",
      whole(AWS.durableOperations),
      `${levelsCarried(SHARDS_MAX)} levels of ${SHARDS_MAX} shards, ${levelsCarried(40)} of 40. Then the execution dies, and the timer starts the rest of the job in a new one, twice`,
    ],
    [
      "aggregate: time",
      `${Aggregate.timeoutS} s`,
      `${millions((Aggregate.timeoutS - 30) / AGGREGATE.secondsPerMillion)}, the download not counted`,
    ],
    [
      "aggregate: memory",
      `${whole(Aggregate.memoryMb)} MB`,
      millions((Aggregate.memoryMb - AGGREGATE.mbFixed) / AGGREGATE.mbPerMillion),
    ],
    [
      "aggregate: /tmp",
      `${whole(Aggregate.storageMb)} MB`,
      millions(Aggregate.storageMb / AGGREGATE.scratchMbPerMillion),
    ],
    [
      `aggregate: reads its inputs, ${INPUTS_AT_ONCE} at once`,
      `${Aggregate.timeoutS} s`,
      `${whole(inputs)} objects at ${1000 * S3_ANSWER_S} ms (assumed) a request: ${whole(inputs / (2 * SHARDS_MAX + 1))} levels of ${SHARDS_MAX} shards`,
    ],
    [
      `sweep: asks for open jobs, ${REQUESTS_AT_ONCE} at once`,
      `${Sweep.timeoutS} s`,
      `${whole(openJobs)} open jobs, each at a host of its own, at ${1000 * S3_ANSWER_S} ms (assumed) a request; ${whole(CAPS.openJobs)} are allowed`,
    ],
    [
      "Lambda: concurrent executions",
      `${whole(AWS.concurrency)}, can be raised`,
      `${whole((AWS.concurrency - SPARE_FUNCTIONS) / SHARDS_MAX)} ${ofLargest}, or ${whole(AWS.concurrency)} viewers: each holds one while it watches`,
    ],
    [
      "Lambda: new environments of one function",
      `${whole(AWS.scaling)} in 10 s`,
      `${whole(AWS.scaling / SHARDS_MAX)} levels of ${SHARDS_MAX} shards that begin within 10 s; the lead is ${LEAD_MS / 1000} s`,
    ],
    [
      "S3: reads of a prefix, by viewers",
      `${whole(AWS.getPerS)} a second`,
      `${whole(AWS.getPerS / perS(SHARDS_MAX + 2, RHYTHM.progressEveryMs))} viewers of a level of ${SHARDS_MAX} shards`,
    ],
    [
      "S3: reads of a prefix, by the looks for a cancel",
      `${whole(AWS.getPerS)} a second`,
      `${whole(AWS.getPerS / perS(SHARDS_MAX, RHYTHM.controlEveryMs))} ${ofLargest}`,
    ],
    [
      "S3: writes to a prefix, by progress",
      `${whole(AWS.putPerS)} a second`,
      `${whole(AWS.putPerS / perS(SHARDS_MAX, RHYTHM.progressEveryMs))} ${ofLargest}`,
    ],
  ];
}
