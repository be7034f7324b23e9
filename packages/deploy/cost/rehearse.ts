import type { Job } from "@brimline/core/job/job";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startCountingProxy } from "./proxy.ts";
import type { CountingProxy } from "./proxy.ts";
import type { Settings } from "./settings.ts";

/** What a real job did, from before its agent was enrolled until its end was told. */
export interface Rehearsal {
  s3: Pick<CountingProxy, "counted" | "putBytes" | "faults">;
  service: Counted;
  viewer: Watched;
  /** From the submission to the end. */
  jobS: number;
  /** Records of all runs. */
  requests: number;
  state: string;
}

/** As `packages/deploy/lambda/rehearsal.ts` counts. */
export interface Counted {
  invocations: Record<string, { count: number; seconds: number }>;
  requests: Record<string, number>;
  durable: { operations: number; bytes: number };
}

export interface Plan {
  levels: number[];
  durationS: number;
  rampS: number;
  inputTokens: number;
  outputTokens: number;
  idleS: number;
  usersPerShard: number;
}

const root = join(import.meta.dirname, "../../..");
const ADMIN_KEY = `bl_admin_${"0".repeat(40)}`;
/** Any: enough for the shards of a small job. */
const CONCURRENCY = 50;
const SWEEP_EVERY_MS = 60_000;
const JOB_MAX_MS = 300_000;

/**
 * Runs one job of these levels on a simulated endpoint with an agent and one viewer, its objects on VersityGW behind a counting proxy, all
 * on loopback and with the rhythms of AWS. Null where VersityGW cannot be had.
 */
export async function rehearse(plan: Plan, settings: Settings): Promise<Rehearsal | null> {
  const program = await versityGw();
  if (program === null) return null;
  const running: (() => unknown)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), "brimline-cost-"));
    running.push(() => rm(folder, { recursive: true, force: true }));
    const server = await startVersityGw(program);
    running.push(() => server.stop());
    const [data, site] = [await server.newBucket(), await server.newBucket()];
    const proxy = await startCountingProxy(server.endpoint, site);
    running.push(() => proxy.close());
    const endpoint = await startEndpoint({ preset: PRESETS.quick });
    running.push(() => endpoint.close());
    const service = await startService(
      {
        ...server.credentials,
        AWS_ENDPOINT_URL_S3: proxy.endpoint,
        BRIMLINE_DATA_BUCKET: data,
        BRIMLINE_SITE_BUCKET: site,
      },
      plan,
      settings,
    );
    running.push(() => service.stop());
    const agent = await startAgent(service.url, endpoint.url, folder);
    running.push(() => agent.stop());
    const job = await submit(service.url, jobOf(plan, endpoint.url, agent.id));
    const submittedMs = performance.now();
    const viewer = await watch(job.links.events);
    const endMs = performance.now();
    // What is counted is copied at once: agent and timer go on.
    const s3 = { counted: { ...proxy.counted }, putBytes: { ...proxy.putBytes }, faults: proxy.faults };
    return {
      s3,
      service: await service.counted(),
      viewer,
      jobS: (endMs - submittedMs) / 1000,
      requests: await requestsOf(job.links.self),
      state: viewer.state,
    };
  } finally {
    for (const stop of running.reverse()) await stop();
  }
}

const jobOf = (
  { levels, durationS, rampS, inputTokens, outputTokens, idleS }: Plan,
  url: string,
  agent: string,
) => ({
  endpoint: { url, model: "sim-quick", apiKey: "sk-counted" },
  workload: { inputTokens, outputTokens },
  levels,
  stop: { durationS },
  rampS,
  idleS,
  agents: [agent],
});

async function startService(stores: Record<string, string>, { usersPerShard }: Plan, { leadMs }: Settings) {
  const program = fileURLToPath(import.meta.resolve("../lambda/rehearsal.ts"));
  const options = JSON.stringify({
    leadMs,
    usersPerShard,
    concurrency: CONCURRENCY,
    sweepEveryMs: SWEEP_EVERY_MS,
  });
  const env = {
    ...process.env,
    ...stores,
    AWS_REGION: "us-east-1",
    LAMBDA_TASK_ROOT: root,
    BRIMLINE_VERSION: "0",
    // The endpoint is on loopback.
    BRIMLINE_ALLOW: "127.0.0.0/8",
    BRIMLINE_MASTER_KEY: "ab".repeat(32),
    BRIMLINE_ADMIN_KEY: ADMIN_KEY,
    BRIMLINE_WORKFLOW: "job",
    BRIMLINE_WORKFLOW_VERSION: "1",
    BRIMLINE_NOTIFY: "notify",
  };
  const child = fork(program, [options], { env, execArgv: [] });
  const gone = once(child, "exit").then(() => {
    throw new Error("the service ended before its job");
  });
  gone.catch(() => {});
  const heard = async <T>(): Promise<T> => (await Promise.race([once(child, "message"), gone]))[0] as T;
  const { url } = await heard<{ url: string }>();
  return {
    url,
    async counted(): Promise<Counted> {
      const answer = heard<Counted>();
      child.send("count");
      return answer;
    },
    stop: () => child.kill("SIGKILL"),
  };
}

/** The real agent, with the stand-in for nvidia-smi. It is ready when it samples. */
async function startAgent(
  serverUrl: string,
  endpointUrl: string,
  folder: string,
): Promise<{ id: string; stop: () => void }> {
  const nvidiaSmi = fileURLToPath(import.meta.resolve("@brimline/sim/nvidia-smi"));
  const args = [
    join(root, "agent/main.ts"),
    "--server",
    serverUrl,
    "--spool",
    join(folder, "agent"),
    "--nvidia-smi",
    nvidiaSmi,
  ];
  const env = {
    ...process.env,
    BRIMLINE_KEY: ADMIN_KEY,
    BRIMLINE_SIM_URL: endpointUrl.replace(/\/v1$/, ""),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
  };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const id = /^brimline agent ([a-z0-9]{20}) /.exec(line)?.[1];
    if (id !== undefined) return { id, stop: () => child.kill("SIGKILL") };
  }
  throw new Error("the agent ended before it sampled");
}

const authorized = { authorization: `Bearer ${ADMIN_KEY}` };

async function submit(url: string, body: object): Promise<Job> {
  const answer = await fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { ...authorized, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) throw new Error(`the job was not accepted: ${await answer.text()}`);
  return (await answer.json()) as Job;
}

async function requestsOf(job: string): Promise<number> {
  const report = (await (await fetch(`${job}/report`, { headers: authorized })).json()) as {
    levels: { requests: { sent: number } }[];
  };
  return report.levels.reduce((sum, level) => sum + level.requests.sent, 0);
}

interface Watched {
  connections: number;
  /** Events of progress, and bytes of all events. */
  looks: number;
  bytes: number;
  state: string;
}

/** Follows a job's events to its end as a browser does: each stream to its own end, then at once from the last event on. */
async function watch(events: string): Promise<Watched> {
  const signal = AbortSignal.timeout(JOB_MAX_MS);
  let [connections, looks, bytes, last] = [0, 0, 0, ""];
  for (;;) {
    const answer = await fetch(events, {
      headers: { ...authorized, ...(last !== "" && { "last-event-id": last }) },
      signal,
    });
    connections++;
    const text = await answer.text();
    bytes += Buffer.byteLength(text);
    looks += text.match(/^event: progress$/gm)?.length ?? 0;
    last = [...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? last;
    const state = /^event: job\.(completed|partial|failed|cancelled|rejected)$/m.exec(text)?.[1];
    if (state !== undefined) return { connections, looks, bytes, state };
    if (answer.status !== 200) throw new Error(`the stream of events was answered ${answer.status}: ${text}`);
  }
}
