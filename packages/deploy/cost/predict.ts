import type { JobShape } from "./job.ts";
import { durableOperations, jobTally, runsOf, shardSeconds } from "./job.ts";
import type { Plan, Rehearsal } from "./rehearse.ts";
import type { Settings } from "./settings.ts";
import type { Tally } from "./tally.ts";
import { sumOf, tallyOf } from "./tally.ts";
import { watching } from "./usage.ts";

/** The job of a rehearsal, as the model knows it. An answer of the simulated endpoint takes a few hundredths of a second. */
export function shapeOf(plan: Plan, segments: number): JobShape {
  const answerS = 0.05;
  return {
    levels: plan.levels.map((users) => ({
      users,
      shards: Math.ceil(users / plan.usersPerShard),
      durationS: plan.durationS,
    })),
    warmupS: 4 * answerS,
    rampS: plan.rampS,
    answerS,
    inputTokens: plan.inputTokens,
    outputTokens: plan.outputTokens,
    hasKey: true,
    hasWebhook: false,
    agents: [{ segments, around: 0 }],
    idleS: plan.idleS,
    otherOpen: 0,
  };
}

/** How long it took on this machine: what an agent, a viewer and the timer do beside a job follows from it. */
export interface Took {
  jobS: number;
  /** Of that, what is spent at its end; publish holds up everything else in its process. */
  aggregateS: number;
  publishS: number;
  /** How often the agent asked where to upload. */
  asked: number;
}

export interface Predicted {
  s3: Tally;
  calls: Tally;
}

/**
 * What the model expects of a rehearsal: its job, one agent that was enrolled just before it, one viewer from its submission to its
 * end who comes back at once, and the timer once a minute.
 */
export function predict(
  plan: Plan,
  settings: Settings,
  { jobS, aggregateS, publishS, asked }: Took,
): Predicted {
  const { uploadMs, segmentMs, sampleMs, probes, probeMs, restUploadMs, progressMs } = settings;
  const bare = shapeOf(plan, 0);
  const runs = runsOf(bare);
  // Without what comes before the runs and after them: their shards, and the steps between them.
  const runsS = jobS - plan.idleS - aggregateS - publishS;
  const betweenS =
    Math.max(0, runsS - runs.reduce((sum, run) => sum + shardSeconds(run, bare, settings) / run.shards, 0)) /
    runs.length;
  // While the job is reporting, an agent seals what it has at every answer, and asks twice.
  const flushes = 1 + Math.floor((1000 * aggregateS) / uploadMs);
  const sealed = Math.floor((1000 * (jobS - aggregateS - publishS)) / (segmentMs + sampleMs));
  const segments = sealed + flushes;
  const frozen = sealed + 1;
  const shape = shapeOf(plan, frozen);
  const agent = tallyOf([
    ["PUT", "agents", 1],
    ["GET", "agents", asked],
    // The first time no job names it.
    ["GET", "status", asked - 1],
    ["PUT", "telemetry", segments],
  ]);
  const { connections, looks } = watching(jobS - publishS, settings, 0);
  const reads = connections + looks;
  const viewer = tallyOf([
    ["GET", "spec", reads],
    ["GET", "status", reads],
    ["LIST", "progress", (reads * runsS) / jobS],
    // From a shard's first progress to its successor's start.
    [
      "GET",
      "progress",
      runs.reduce(
        (sum, run) =>
          sum +
          (1000 * (shardSeconds(run, shape, settings) + run.shards * betweenS)) / progressMs -
          run.shards,
        0,
      ),
    ],
    ["LIST", "events", looks],
    ["GET", "events", 2 + plan.levels.length],
  ]);
  const sweeps = Math.floor(jobS / 60);
  const timer = tallyOf([
    ["LIST", "open", sweeps],
    ["LIST", "outbox", sweeps],
    ["GET", "spec", 2 * sweeps],
    ["PUT", "hosts", sweeps],
    ["GET", "hosts", 2 * sweeps],
    ["GET", "execution", sweeps],
  ]);
  const shardCount = runs.reduce((sum, run) => sum + run.shards, 0);
  return {
    s3: sumOf([jobTally(shape, settings), agent, viewer, timer]),
    calls: {
      Preflight: 1,
      Shard: shardCount,
      Aggregate: 1,
      Publish: 1,
      Job: 4 + shardCount,
      Sweep: sweeps,
      "API: submit and enrol": 2,
      "API: streams of events": connections,
      // It rests from its start to its second request, which is answered that the job runs.
      "API: where to upload": 1 + (1000 * (jobS - publishS) - restUploadMs) / uploadMs + flushes,
      "API: the clock": probes * (1 + Math.ceil((1000 * jobS - restUploadMs) / probeMs)),
      // The start of the execution is no checkpoint.
      "durable operations": durableOperations(shape) - 1,
    },
  };
}

/** The same of what was counted. */
export function countedCalls({ service }: Rehearsal): Tally {
  const { invocations, requests, durable } = service;
  const counts = Object.fromEntries(Object.entries(invocations).map(([name, { count }]) => [name, count]));
  const asked = (route: string): number => requests[route] ?? 0;
  return {
    ...counts,
    "API: submit and enrol": asked("POST /v1/jobs") + asked("POST /v1/agents"),
    "API: streams of events": asked("GET /v1/jobs/{id}/events"),
    "API: where to upload": asked("POST /v1/agents/{id}/segments"),
    "API: the clock": asked("POST /v1/time"),
    "durable operations": durable.operations,
  };
}
