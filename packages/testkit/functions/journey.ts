import type { JobRequest } from "@brimline/core/job/spec/spec";
import type { InvokedFunction } from "@brimline/durable/execution";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { answerOf } from "@brimline/functions/wire-error";
import { jobWorkflow } from "@brimline/functions/job";
import { statusOf } from "@brimline/functions/objects/status";
import { putObject } from "@brimline/functions/objects/object";
import type { Service } from "@brimline/functions/service";
import { aggregateTask } from "@brimline/functions/tasks/aggregate";
import { AggregateTaskInput } from "@brimline/functions/tasks/freeze";
import { type DueEvent, deliver } from "@brimline/functions/tasks/notify";
import { preflightTask } from "@brimline/functions/tasks/preflight";
import { PreflightInput } from "@brimline/functions/tasks/preflight-input";
import { PublishInput, publishTask } from "@brimline/functions/tasks/publish";
import { shardTask } from "@brimline/functions/tasks/shard";
import { ShardInput } from "@brimline/functions/tasks/shard-input";

/**
 * These carry one job through any durable engine: the workflow with its real tasks, the place where another
 * engine takes the job up, and what came of it.
 */

export const NAMES = {
  preflight: "preflight",
  shard: "shard",
  aggregate: "aggregate",
  publish: "publish",
  notify: "notify",
};

export const workflowOf = (service: Service, logError: (error: unknown) => void) =>
  jobWorkflow({
    service,
    names: NAMES,
    rules: { leadMs: 200, maxShards: 2, usersPerShard: 2 },
    logError,
    stopping: new AbortController().signal,
  });

/** The functions that the workflow invokes, all in this process. Each call is written down in `calls`. */
export function functionsOf(service: Service, calls: string[]): Record<string, InvokedFunction> {
  const tasks: Record<keyof typeof NAMES, InvokedFunction> = {
    preflight: (input) => preflightTask(service, PreflightInput.parse(input)),
    shard: (input) => shardTask(service, ShardInput.parse(input)),
    aggregate: (input) => aggregateTask(service, AggregateTaskInput.parse(input)),
    publish: (input) => publishTask(service, PublishInput.parse(input)),
    notify: (input) => deliver(service, input as DueEvent),
  };
  const called =
    (name: string, task: InvokedFunction): InvokedFunction =>
    (input) => {
      calls.push(`${name} ${JSON.stringify(input)}`);
      return answerOf(() => task(input));
    };
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, called(name, task)]));
}

/**
 * A job with a warm-up and two levels, the second of which has two shards. Its webhook hears of each measured
 * level.
 */
export const smallJob = (endpoint: string, webhook: string): Partial<JobRequest> => ({
  endpoint: { url: endpoint, model: "sim-quick" },
  workload: { inputTokens: 16, outputTokens: 8 },
  warmup: { users: 1, requests: 1 },
  levels: [2, 4],
  visibility: "private",
  webhook: { url: webhook, events: ["job.started", "level.completed", "job.completed"] },
});
export const EVENTS = ["job.started", "level.completed", "level.completed", "job.completed"];
export const CALLS = [
  "aggregate",
  "notify",
  "notify",
  "notify",
  "notify",
  "preflight",
  "publish",
  "shard",
  "shard",
  "shard",
  "shard",
];

/** The keys of objects that are written after the shards are done. */
const LATER = /\/(level|manifest|report|status)\.json$|^(events|deliveries|outbox|progress)\//;

/**
 * Copies an ended job to another store as it was when its shards were done: no level has ended, nobody was
 * told, and of its report there is only the time, which is fixed before the report is made.
 */
export async function takeUp(from: Service, to: Service, jobId: string): Promise<void> {
  for await (const key of listAll(from.data, "")) {
    const object = LATER.test(key) ? null : await from.data.get(key);
    if (object !== null) await to.data.create(key, object.body);
  }
  await putObject(to.data, keys.status(jobId), {
    ...(await statusOf(from, jobId)),
    state: "reporting",
    levelsDone: 0,
    hasReport: false,
  });
  await putObject(to.data, keys.open(jobId), { id: jobId });
}

/** What came of a job. */
export interface Made {
  state: string;
  report: string | undefined;
  /** The bytes, in base64, of every object that must be the same whichever engine made it. */
  same: Record<string, string | undefined>;
  keys: string[];
  events: string[];
}

export async function madeIn(service: Service, jobId: string): Promise<Made> {
  const all = (await Array.fromAsync(listAll(service.data, ""))).filter(
    (key) => !key.startsWith("progress/"),
  );
  const same: Made["same"] = {};
  for (const key of all.filter((key) => /^raw\/|\/(manifest|report)\.json$/.test(key))) {
    same[key] = (await service.data.get(key))?.body.toString("base64");
  }
  return {
    state: (await statusOf(service, jobId)).state,
    report: (await service.data.get(keys.report(jobId)))?.body.toString("utf8"),
    same,
    keys: all,
    events: all.flatMap((key) => /^events\/.*\/\d+-(.*)\.json$/.exec(key)?.[1] ?? []),
  };
}
