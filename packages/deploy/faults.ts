import { Report } from "@brimline/core/report/schema";
import { createEngine } from "@brimline/durable/engine";
import { awsService } from "@brimline/functions/aws";
import { ask, type Deployment, deploymentParts, startDeployment } from "./lambda/deployment.ts";
import type { LambdaHost } from "./lambda/host.ts";
import { accepted } from "./lambda/job.ts";
import { jobWorkflow } from "@brimline/functions/job";
import { measuredLevels } from "@brimline/functions/objects/ended-levels";
import { shardRecords } from "@brimline/functions/objects/records";
import { statusOf } from "@brimline/functions/objects/status";
import { putObject, readObject } from "@brimline/functions/objects/object";
import { ShardInput } from "@brimline/functions/tasks/shard-input";
import { type Endpoint, startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { setTimeout as sleep } from "node:timers/promises";
import { type FaultyStore, startFaultyStore } from "./faulty-store.ts";

/**
 * `node packages/deploy/faults.ts` runs whole jobs over the functions of a deployment, each in AWS's own
 * runtime and with one fault, and prints how they end. It exits with 1 when one does not end as docs/aws.md
 * says. The workflow runs in this process, on the local durable engine.
 */

/** A shard has two users, so that four users are two shards. */
const RULES = { leadMs: 4000, maxShards: 2, usersPerShard: 2 };
/** It stands for the 15 min after which Lambda ends a function. */
const LAMBDA_LIMIT_MS = 45_000;
const LONG_ANSWER = { inputTokens: 16, outputTokens: 400 };
const STOP_MS = 3000;
const DEAD_MAN_MS = 10_000;

interface World {
  on: Deployment;
  endpoint: Endpoint;
  s3: FaultyStore;
}

/** One call of a shard: the function that was started for it, and what the workflow asked. */
interface Call {
  host: LambdaHost;
  input: ShardInput;
  /** Which attempt at the level this is, from 1. */
  attempt: number;
}

interface Fault {
  fault: string;
  request?: object;
  /** What happens to a call of a shard. By default it is answered. */
  shard?: (call: Call, world: World) => Promise<unknown>;
  /** Whether the answers of preflight and aggregate are lost each time, after these have written. */
  losesAnswers?: boolean;
  /** What runs beside the job from its start. */
  beside?: (world: World, jobId: string) => Promise<string>;
  /** How the job must end. */
  ends: {
    state: string;
    problem: string | null;
    levels: { state: string; attempt: number; missing: number }[];
  };
}

const answered = ({ host, input }: Call): Promise<unknown> => ask(host, input);
const lost = (): never => {
  throw new Error("the answer was lost");
};
const completed = (attempt = 1, missing = 0) => ({ state: "completed", attempt, missing });

const FAULTS: Fault[] = [
  { fault: "none", ends: { state: "completed", problem: null, levels: [completed()] } },
  {
    fault: "one shard of two throws, each time",
    shard: (call) => (call.input.shard === 1 ? ask(call.host, { jobId: 1 }) : answered(call)),
    ends: { state: "completed", problem: null, levels: [completed(3, 1)] },
  },
  {
    fault: "a shard's process is killed (137) during the level, once",
    shard: (call, world) =>
      call.attempt === 1 && call.input.shard === 1 ? dying(call, world) : answered(call),
    ends: { state: "completed", problem: null, levels: [completed(2)] },
  },
  {
    fault: "a shard is there 2 s after T0",
    async shard(call) {
      if (call.input.shard === 1) await sleep(RULES.leadMs + 2000);
      return answered(call);
    },
    ends: { state: "completed", problem: null, levels: [completed()] },
  },
  {
    fault: "a shard never answers, once",
    shard: (call, world) =>
      call.attempt === 1 && call.input.shard === 1 ? dying(call, world, "SIGSTOP") : answered(call),
    ends: { state: "completed", problem: null, levels: [completed(2)] },
  },
  {
    fault: "the answer of a shard is lost after it wrote",
    shard: (call) => answered(call).then(lost),
    ends: { state: "completed", problem: null, levels: [completed()] },
  },
  {
    fault: "the answers of preflight and aggregate are lost after they wrote",
    losesAnswers: true,
    ends: { state: "completed", problem: null, levels: [completed()] },
  },
  {
    fault: "the control object answers 403 during the level",
    request: { workload: LONG_ANSWER, stop: { durationS: 30 } },
    beside: (world) => controlFails(world, 403),
    ends: { state: "partial", problem: "internal", levels: [{ state: "failed", attempt: 1, missing: 0 }] },
  },
  {
    fault: "the control object answers 500 during the level",
    request: { workload: LONG_ANSWER, stop: { durationS: 30 } },
    beside: (world) => controlFails(world, 500),
    ends: { state: "partial", problem: "internal", levels: [{ state: "failed", attempt: 1, missing: 0 }] },
  },
  {
    fault: "cancel during the level",
    request: { workload: LONG_ANSWER, stop: { durationS: 30 } },
    async beside({ on, endpoint }, jobId) {
      await underLoad(endpoint);
      await putObject(on.data, keys.control(jobId), { schema: "brimline.control/1", action: "cancel" });
      return quietWithin(endpoint, STOP_MS);
    },
    ends: {
      state: "cancelled",
      problem: "cancelled",
      levels: [{ state: "cancelled", attempt: 1, missing: 0 }],
    },
  },
];

/**
 * Ends or freezes a shard's process once it sends load. It then says at once what Lambda would say after its
 * time limit.
 */
async function dying(
  { host, input }: Call,
  { endpoint }: World,
  signal: "SIGKILL" | "SIGSTOP" = "SIGKILL",
): Promise<unknown> {
  const answer = ask(host, input);
  answer.catch(() => {});
  await underLoad(endpoint);
  process.kill(host.pid, signal);
  return answer;
}

async function controlFails({ endpoint, s3 }: World, status: number): Promise<string> {
  await underLoad(endpoint);
  s3.answer = { ending: "/control.json", status };
  const said = await quietWithin(endpoint, DEAD_MAN_MS);
  s3.answer = null;
  return said;
}

/** Waits until a level runs. Preflight has only one request open at a time. */
async function underLoad(endpoint: Endpoint): Promise<void> {
  while (endpoint.state().open < 2) await sleep(10);
}

async function quietWithin(endpoint: Endpoint, limitMs: number): Promise<string> {
  const fromMs = performance.now();
  let loadedMs = fromMs;
  // For a moment between two answers no request may be open.
  while (performance.now() - loadedMs < 1000) {
    if (endpoint.state().open > 0) loadedMs = performance.now();
    await sleep(10);
  }
  const tookMs = loadedMs - fromMs;
  if (tookMs > limitMs) throw new Error(`load for ${Math.round(tookMs)} ms more, allowed are ${limitMs}`);
  return `no load after ${(tookMs / 1000).toFixed(1)} s`;
}

type Invoke = (act: (host: LambdaHost) => Promise<unknown>) => Promise<unknown>;

/**
 * Functions as Lambda keeps them. Each call takes one that is free, or a new one. One that failed or took too
 * long is gone.
 */
function functionOf(start: () => Promise<LambdaHost>): Invoke {
  const free: LambdaHost[] = [];
  return async (act) => {
    const host = free.pop() ?? (await start());
    const limit = setTimeout(() => void host.stop(), LAMBDA_LIMIT_MS);
    try {
      const answer = await act(host);
      free.push(host);
      return answer;
    } catch (error) {
      await host.stop();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  };
}

/** Runs one job with its fault. It gives what did not end as it must, and what is to be printed. */
async function run(
  world: World,
  call: Record<"preflight" | "shard" | "aggregate", Invoke>,
  fault: Fault,
  jobId: string,
) {
  const { on, endpoint } = world;
  const service = awsService();
  await accepted(on.data, jobId, {
    endpoint: { url: endpoint.url, model: "sim-quick" },
    workload: { inputTokens: 16, outputTokens: 100 },
    warmup: false,
    levels: [RULES.maxShards * RULES.usersPerShard],
    stop: { durationS: 2 },
    visibility: "private",
    ...fault.request,
  });
  const shard = (input: unknown): Promise<unknown> => {
    const parsed = ShardInput.parse(input);
    const attempt = Number(/\/a(\d+)\/$/.exec(parsed.attemptKey)?.[1]);
    return call.shard((host) => (fault.shard ?? answered)({ host, input: parsed, attempt }, world));
  };
  const task = async (called: Invoke, input: unknown): Promise<unknown> => {
    const answer = await called((host) => ask(host, input));
    return fault.losesAnswers === true ? lost() : answer;
  };
  const names = {
    preflight: "preflight",
    shard: "shard",
    aggregate: "aggregate",
    publish: "publish",
    notify: "notify",
  };
  const engine = createEngine({
    functions: {
      preflight: (input) => task(call.preflight, input),
      shard,
      aggregate: (input) => task(call.aggregate, input),
      publish: async () => ({ value: { hasPage: false, hasComparison: false } }),
      notify: async () => ({}),
    },
  });
  const workflow = jobWorkflow({
    service,
    names,
    rules: RULES,
    logError: console.error,
    stopping: new AbortController().signal,
  });
  const [said] = await Promise.all([
    fault.beside?.(world, jobId) ?? null,
    engine.start(jobId, workflow, { jobId }),
  ]);

  const { state, problem } = await statusOf(service, jobId);
  const finished = await measuredLevels(service, jobId);
  const levels = finished.map(({ end }) => ({
    state: end.state,
    attempt: end.attempt,
    missing: end.missingShards,
  }));
  const report = await readObject(on.data, keys.report(jobId), Report);
  if (report === null) throw new Error(`the job ended ${state} without a report: ${problem?.code}`);
  const records = await Promise.all(
    finished.flatMap(({ attemptKey, shards }) =>
      shards.map((one) => shardRecords(on.data, keys.records(attemptKey, one.shard))),
    ),
  );
  const counted = report.levels.reduce((sum, level) => sum + level.requests.sent, 0);
  const ended = { state, problem: problem?.code ?? null, levels };
  const isRight =
    JSON.stringify(ended) === JSON.stringify(fault.ends) &&
    counted === records.flat().length &&
    endpoint.state().open === 0;
  const reasons = [...new Set(report.levels.flatMap((level) => level.reasons))];
  const lagMs = Math.round(
    Math.max(...finished.flatMap(({ shards }) => shards.map(({ startLagMs }) => startLagMs))),
  );
  return { isRight, ended, counted, said, reasons, lagMs };
}

const parts = await deploymentParts();
if (parts === null)
  throw new Error(
    "aws-lambda-ric or VersityGW cannot be had: see packages/deploy/lambda/ric.ts and packages/testkit/store/versitygw.ts",
  );
const [on, endpoint] = await Promise.all([startDeployment(parts), startEndpoint({ preset: PRESETS.quick })]);
const s3 = await startFaultyStore(on.s3.endpoint);
try {
  Object.assign(process.env, on.settings);
  const reached = {
    env: { BRIMLINE_ALLOW: "127.0.0.0/8", AWS_ENDPOINT_URL_S3: s3.endpoint },
    isOutside: true,
  };
  const call = {
    preflight: functionOf(() => on.start("preflight", reached)),
    shard: functionOf(() => on.start("shard", reached)),
    aggregate: functionOf(() => on.start("aggregate")),
  };
  console.log("| fault | the job ends | its level | requests counted | also |\n|---|---|---|---|---|");
  for (const [nth, fault] of FAULTS.entries()) {
    const { isRight, ended, counted, said, reasons, lagMs } = await run(
      { on, endpoint, s3 },
      call,
      fault,
      String(nth).padStart(20, "f"),
    );
    const [level] = ended.levels;
    const also = [said, lagMs > 1000 ? `a shard began ${lagMs} ms late` : null, ...reasons].filter(
      (text) => text !== null,
    );
    const how =
      level === undefined
        ? "none"
        : `${level.state}, attempt ${level.attempt}, ${level.missing} of 2 shards missing`;
    console.log(
      `| ${fault.fault} | ${ended.state}${ended.problem === null ? "" : `: ${ended.problem}`} | ${how} | ${counted} | ${also.join("; ")} |`,
    );
    if (isRight) continue;
    process.exitCode = 1;
    console.log(`it must end ${JSON.stringify(fault.ends)}`);
  }
} finally {
  s3.close();
  await Promise.all([on.stop(), endpoint.close()]);
}
