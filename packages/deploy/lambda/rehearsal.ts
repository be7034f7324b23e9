import { LambdaClient } from "@aws-sdk/client-lambda";
import type {
  DurableExecutionConfig,
  DurableLambdaHandler,
  OperationUpdate,
} from "@aws/durable-execution-sdk-js";
import { createEngine } from "@brimline/durable/engine";
import { createApp } from "@brimline/functions/api/app";
import { sha256Hex } from "@brimline/functions/sha256";
import { awsService } from "@brimline/functions/aws";
import { jobWorkflow } from "@brimline/functions/job";
import { listen } from "@brimline/functions/local/listen";
import { loadRenderer } from "@brimline/functions/renderer";
import { concurrencyOf, send } from "@brimline/functions/aws/lambda";
import { refusals, shardsAllowed } from "@brimline/functions/aws/limits";
import { masterKeySetting, secretSetting } from "@brimline/functions/aws/setting";
import { startJob } from "@brimline/functions/aws/starter";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Counted } from "../cost/bill.ts";
import { S3_CALLER } from "../cost/proxy.ts";
import { startCloud } from "./cloud.ts";

/**
 * The deployment on AWS in one process, to be forked. It has the root of AWS with its rhythms, the handlers of
 * the tasks as they are, the workflow on the local durable engine, and objects in the S3 server that the
 * environment names. It answers each message with what was counted since the last one, the message `end` when
 * all that was begun has ended, and `sweep` after a run of the timer too. It has no Router, no IAM, no cold start
 * and no time limit.
 */

export interface RehearsalOptions {
  leadMs: number;
  usersPerShard: number;
  concurrency: number;
  sweepEveryMs: number;
}

type Handler = (event: unknown) => Promise<unknown>;

const options = JSON.parse(process.argv[2] ?? "{}") as RehearsalOptions;
const WORKFLOW = { name: "job", qualifier: "1" };

/** What one process sees of `Counted`. */
export type CountedInProcess = Pick<Counted, "calls" | "durable">;
const nothing = (): CountedInProcess => ({ calls: {}, durable: { operations: 0, bytes: 0 } });
let counted = nothing();

/** The function that runs now, for the requests to S3 that it sends. */
const caller = new AsyncLocalStorage<string>();
subscribe("http.client.request.created", (message) => {
  const { request } = message as { request: ClientRequest };
  const name = caller.getStore();
  if (name !== undefined && !request.headersSent) request.setHeader(S3_CALLER, name);
});

/** Runs one call of a function, and counts it and the time that Lambda would charge. */
async function called<O>(name: string, run: () => O): Promise<Awaited<O>> {
  const startMs = performance.now();
  try {
    return await caller.run(name, run);
  } finally {
    const { count, seconds } = counted.calls[name] ?? { count: 0, seconds: 0 };
    counted.calls[name] = { count: count + 1, seconds: seconds + (performance.now() - startMs) / 1000 };
  }
}
const counting =
  <I extends unknown[], O>(name: string, handler: (...input: I) => Promise<O>) =>
  (...input: I): Promise<O> =>
    called(name, () => handler(...input));

const listener = await listen("127.0.0.1", 0);
const cloud = await startCloud(options.concurrency);
const url = `http://127.0.0.1:${listener.port}`;
process.env["BRIMLINE_PUBLIC_URL"] = url;
process.env["AWS_ENDPOINT_URL_LAMBDA"] = cloud.url;
await loadRenderer();
const lambda = new LambdaClient({});
const service = awsService({
  masterKey: masterKeySetting(),
  adminKeySha256: sha256Hex(secretSetting("BRIMLINE_ADMIN_KEY")),
});

/** Each handler reads its settings when it is loaded, as on Lambda. */
const [preflight, shard, aggregate, publish, notify, sweep] = await Promise.all([
  import("@brimline/functions/aws/preflight"),
  import("@brimline/functions/aws/shard"),
  import("@brimline/functions/aws/aggregate"),
  import("@brimline/functions/aws/publish"),
  import("@brimline/functions/aws/notify"),
  import("@brimline/functions/aws/sweep"),
]);
const functions: Record<string, Handler> = {
  preflight: counting("Preflight", preflight.handler),
  shard: counting("Shard", shard.handler),
  aggregate: counting("Aggregate", aggregate.handler),
  publish: counting("Publish", publish.handler),
  notify: counting("Notify", notify.handler),
};
const engine = createEngine({ functions });
const workflow = jobWorkflow({
  service,
  names: {
    preflight: "preflight",
    shard: "shard",
    aggregate: "aggregate",
    publish: "publish",
    notify: "notify",
  },
  rules: {
    leadMs: options.leadMs,
    maxShards: shardsAllowed(await concurrencyOf(lambda)),
    usersPerShard: options.usersPerShard,
  },
  logError: console.error,
  stopping: new AbortController().signal,
});

/** An operation counts once, however often it is checkpointed. */
const operations = new Set<string | undefined>();
function countUpdate({ Id, Payload = "" }: OperationUpdate): void {
  if (!operations.has(Id)) counted.durable.operations++;
  operations.add(Id);
  counted.durable.bytes += Buffer.byteLength(Payload);
}

/** The workflow. Its operations and the calls of its handler are counted. */
function countedWorkflow({
  durableExecutionClient: client,
  ...config
}: DurableExecutionConfig): DurableLambdaHandler {
  if (client === undefined) throw new Error("the engine gave no client");
  const handler = workflow({
    ...config,
    durableExecutionClient: {
      ...client,
      checkpoint: (request, logger) => {
        for (const update of request.Updates ?? []) countUpdate(update);
        return client.checkpoint(request, logger);
      },
    },
  });
  return counting("Job", handler);
}

/** How many of the functions that were sent for have been run, and those that run. */
let seen = 0;
const running = new Set<Promise<unknown>>();
function runStarted(): void {
  const sent = cloud.invoked.slice(seen);
  seen = cloud.invoked.length;
  for (const { name, input } of sent) {
    const run =
      name === WORKFLOW.name
        ? engine.start((input as { jobId: string }).jobId, countedWorkflow, input)
        : functions[name]?.(input);
    if (run === undefined) continue;
    running.add(run);
    void run.finally(() => running.delete(run));
  }
}
async function allEnded(): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}

const app = createApp(service, {
  refuse: (spec) => refusals(spec, shardsAllowed(options.concurrency)),
  async startJob(id) {
    await startJob(service, lambda, WORKFLOW, id);
    runStarted();
  },
  async publish(jobId) {
    await send(lambda, { name: "publish" }, { jobId, relist: true });
    runStarted();
  },
  redeliver: async (jobId, sequence) =>
    void (await functions["notify"]?.({ jobId, sequence, redeliver: true })),
});
listener.answer((request) => {
  const path = new URL(request.url).pathname.replaceAll(/\/[a-z0-9]{20}(?=\/|$)/g, "/{id}");
  return called(`Api ${request.method} ${path}`, () => app.fetch(request));
});

const sweepOnce = (): Promise<void> => called("Sweep", sweep.handler).then(runStarted);
setInterval(() => void sweepOnce(), options.sweepEveryMs);
const tell = (): void => {
  process.send?.(counted);
  counted = nothing();
};
process.on("message", (when) => {
  const before =
    when === "sweep" ? sweepOnce().then(allEnded) : when === "end" ? allEnded() : Promise.resolve();
  void before.then(tell);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url });
