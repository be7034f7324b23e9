import type { DeclaredFunction } from "./declared.ts";
import type { JobShape } from "./job.ts";
import { durableOperations } from "./job.ts";
import type { Settings } from "./settings.ts";
import { AGGREGATE_MB, AGGREGATE_S_PER_MILLION } from "./usage.ts";

/** What breaks, at which size, and where the number comes from. */
export interface Limit {
  what: string;
  limit: string;
  /** The size of ours at which it is reached. */
  breaksAt: string;
  source: string;
}

/** Quotas and limits as AWS documents them. */
const AWS = {
  newConcurrency: 10,
  concurrency: 1000,
  /** New execution environments of one function in 10 s. */
  scaling: 1000,
  putPerS: 3500,
  getPerS: 5500,
  durableOperations: 3000,
  durableBytes: 100e6,
  durableStartsPerS: 300,
  edgeFunctionBytes: 10_240,
  urlBytes: 6 * 1024 * 1024,
  streamBytes: 200 * 1024 * 1024,
  /** Assumed: one small request after another, at the slow end. */
  s3AnswerS: 0.1,
};
const QUOTAS = "[Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)";
const SCALING = "[Lambda scaling](https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html)";
const S3_RATES =
  "[S3 request rates](https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html)";
const EDGE_QUOTAS =
  "[CloudFront quotas](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html)";

/** Bytes of /tmp that the chunks of a request of 100 take (packages/store/scratch.ts). */
const SCRATCH_BYTES = 200;
/** The sweep asks so often for one open job: its spec, the lease of its host, three reads and a write to start it, and Lambda whether it runs. */
const SWEEP_CALLS_A_JOB = 7;
/** A job of equal levels, with nothing that its operations do not depend on. */
const bare = (levels: number, shards: number): JobShape => ({
  levels: Array.from({ length: levels }, () => ({ users: shards, shards, durationS: 30 })),
  warmupS: 4,
  rampS: 0,
  answerS: 5,
  inputTokens: 0,
  outputTokens: 0,
  hasKey: false,
  hasWebhook: false,
  agents: [],
  idleS: 0,
  otherOpen: 0,
});

/** The most levels of so many shards that one durable execution carries. */
export function levelsCarried(shards: number): number {
  let levels = 0;
  while (durableOperations(bare(levels + 1, shards)) <= AWS.durableOperations) levels++;
  return levels;
}

/** In the order in which a growing deployment meets them. */
export function limitsOf(settings: Settings, functions: Record<string, DeclaredFunction>): Limit[] {
  const {
    usersPerShard,
    shardsMax,
    spareFunctions,
    progressMs,
    controlMs,
    leadMs,
    openJobs,
    levelsMax,
    segmentMs,
    atOnce,
    inputsAtOnce,
  } = settings;
  const timeout = (name: string): number => functions[name]?.timeoutS ?? 0;
  const { memoryMb = 0, storageMb = 0 } = functions["Aggregate"] ?? {};
  const small = AWS.newConcurrency - spareFunctions;
  const controlPerS = (shardsMax * 1000) / controlMs;
  const progressPerS = (shardsMax * 1000) / progressMs;
  const lookPerS = ((shardsMax + 2) * 1000) / progressMs;
  const frozen = (inputsAtOnce * timeout("Aggregate")) / AWS.s3AnswerS;
  const segmentsPerH = 3_600_000 / segmentMs;
  return [
    {
      what: "Lambda: concurrent executions of a new account",
      limit: `${AWS.newConcurrency}`,
      breaksAt: `${small} shards, ${small * usersPerShard} users a level: more is refused at submit. The ${spareFunctions} that are left carry the workflow, the timer and ${spareFunctions - 2} viewers or agents' requests at once; the next one is answered 429`,
      source: `${QUOTAS}; functions/aws/limits.ts`,
    },
    {
      what: "durable execution: operations",
      limit: `${AWS.durableOperations}`,
      breaksAt: `${levelsCarried(shardsMax)} levels of ${shardsMax} shards, ${levelsCarried(40)} of 40; ${levelsMax} levels and their repeats are allowed. Then the execution dies, and the timer starts the rest of the job in a new one, twice`,
      source: `${QUOTAS} (as others quote them); functions/job/steps.ts`,
    },
    {
      what: "aggregate: time",
      limit: `${timeout("Aggregate")} s`,
      breaksAt: `${((timeout("Aggregate") - 30) / AGGREGATE_S_PER_MILLION).toFixed(0)} million requests of 100 chunks, the download not counted`,
      source: `sst.config.ts; ${AGGREGATE_S_PER_MILLION} s a million by packages/bench/records.ts`,
    },
    {
      what: "aggregate: memory",
      limit: `${memoryMb} MB`,
      breaksAt: `${((memoryMb - AGGREGATE_MB.fixed) / AGGREGATE_MB.perMillion).toFixed(0)} million requests of 100 chunks`,
      source: `sst.config.ts; ${AGGREGATE_MB.perMillion} MB a million by packages/deploy/measure.ts`,
    },
    {
      what: `aggregate: reads its inputs, ${inputsAtOnce} at once, to freeze them`,
      limit: `${timeout("Aggregate")} s`,
      breaksAt: `${frozen.toLocaleString("en")} objects at ${AWS.s3AnswerS * 1000} ms a request: ${Math.floor(frozen / (2 * shardsMax + 1))} levels of ${shardsMax} shards, or ${Math.floor(frozen / segmentsPerH)} h of the segments of one agent; what the agent left before the job is not read`,
      source: "sst.config.ts; functions/tasks/freeze.ts; the time of a request is assumed",
    },
    {
      what: "aggregate: /tmp",
      limit: `${storageMb} MB`,
      breaksAt: `${((storageMb * 1024 ** 2) / SCRATCH_BYTES / 1e6).toFixed(0)} million requests of 100 chunks`,
      source: `sst.config.ts; ${SCRATCH_BYTES} bytes a request by packages/store/scratch.ts`,
    },
    {
      what: "one host: its jobs run one after another",
      limit: "1 at a time",
      breaksAt: `${Math.floor(86_400 / (4 * (leadMs / 1000 + 1) + 4 + 3 * 35 + 10 + 30))} jobs of 3 levels of 30 s a day, with half a minute until the timer starts the next`,
      source: "functions/aws/lease.ts; functions/aws/limits.ts",
    },
    {
      what: `sweep: asks for open jobs, ${atOnce} at once`,
      limit: `${timeout("Sweep")} s`,
      breaksAt: `${Math.floor((timeout("Sweep") * atOnce) / (SWEEP_CALLS_A_JOB * AWS.s3AnswerS)).toLocaleString("en")} open jobs, each at a host of its own, at ${AWS.s3AnswerS * 1000} ms a request; ${openJobs} are allowed, and those that wait for the same host take one request each`,
      source: "sst.config.ts; functions/aws/starter.ts; the time of a request is assumed",
    },
    {
      what: "Lambda: concurrent executions",
      limit: `${AWS.concurrency}, can be raised`,
      breaksAt: `${Math.floor((AWS.concurrency - spareFunctions) / shardsMax)} levels of ${shardsMax} shards at once, or ${AWS.concurrency} viewers: each holds one while it watches`,
      source: QUOTAS,
    },
    {
      what: "Lambda: new environments of one function",
      limit: `${AWS.scaling} in 10 s`,
      breaksAt: `${AWS.scaling / shardsMax} levels of ${shardsMax} shards that begin within 10 s; the lead is ${leadMs / 1000} s`,
      source: SCALING,
    },
    {
      what: "S3: reads of a prefix, by viewers",
      limit: `${AWS.getPerS} GET/s`,
      breaksAt: `${Math.floor(AWS.getPerS / lookPerS)} viewers of a level of ${shardsMax} shards, ${lookPerS.toFixed(0)} GET/s each`,
      source: `${S3_RATES}; functions/api/view.ts`,
    },
    {
      what: "S3: reads of a prefix, by the polls for a cancel",
      limit: `${AWS.getPerS} GET/s`,
      breaksAt: `${Math.floor(AWS.getPerS / controlPerS)} levels of ${shardsMax} shards at once (${controlPerS} GET/s each, ${percent(controlPerS, AWS.getPerS)})`,
      source: `${S3_RATES}; functions/aws.ts`,
    },
    {
      what: "S3: writes to a prefix, by progress",
      limit: `${AWS.putPerS} PUT/s`,
      breaksAt: `${Math.floor(AWS.putPerS / progressPerS)} levels of ${shardsMax} shards at once (${progressPerS} PUT/s each, ${percent(progressPerS, AWS.putPerS)})`,
      source: `${S3_RATES}; functions/aws.ts`,
    },
    {
      what: "durable execution: data",
      limit: `${AWS.durableBytes / 1e6} MB`,
      breaksAt: "not before the operations: a step answers less than 1 kB",
      source: `${QUOTAS} (as others quote them)`,
    },
    {
      what: "Function URL: a request, and an answer that streams",
      limit: `${AWS.urlBytes / 1024 ** 2} MB and ${AWS.streamBytes / 1024 ** 2} MB`,
      breaksAt:
        "a body is at most 256 KiB and telemetry goes to S3; a report has 63 kB for three levels and a warm-up, as counted",
      source: `${QUOTAS}; functions/aws.ts`,
    },
    {
      what: "CloudFront: size of a function",
      limit: `${AWS.edgeFunctionBytes} bytes`,
      breaksAt: "`npm run check:aws` holds ours below it",
      source: EDGE_QUOTAS,
    },
  ];
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
