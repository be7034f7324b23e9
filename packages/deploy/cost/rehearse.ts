import { startLocalAgent } from "@brimline/functions/local-agent";
import { startEndpoint } from "@brimline/sim/endpoint";
import type { Preset } from "@brimline/sim/presets";
import { s3Store } from "@brimline/store/s3";
import { startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { CountedInProcess, RehearsalOptions } from "../lambda/rehearsal.ts";
import type { Counted } from "./bill.ts";
import { startCountingProxy } from "./proxy.ts";

export interface Plan {
  preset: Preset;
  /** The body of the submission, without its endpoint. */
  job: object;
  /** How long only the timer and an agent that no job names do anything. 0 leaves this stretch out. */
  idleS: number;
  options: RehearsalOptions;
}

/**
 * What one job took from its submission to its end, and what an idle deployment did. The latter is null when
 * it was not asked.
 */
export interface Rehearsal {
  state: string;
  job: Counted;
  idle: Counted | null;
}

const root = join(import.meta.dirname, "../../..");
export const ADMIN_KEY = `bl_admin_${"0".repeat(40)}`;
/** So much of the service's log is told when it ends by itself, characters. */
const LOG_TAIL = 4000;
/** An agent that was just started compares clocks and asks once where to upload, and then rests. */
const SETTLE_MS = 5000;

/**
 * Starts the deployment in one process, before a simulated endpoint. Its objects lie on VersityGW behind a proxy that
 * counts. It is null where VersityGW cannot be had. What it starts ends with `running`.
 */
export async function startRehearsal(
  running: AsyncDisposableStack,
  { preset, options }: Pick<Plan, "preset" | "options">,
) {
  const program = await versityGw();
  if (program === null) return null;
  const server = await startVersityGw(program);
  running.defer(() => server.stop());
  // Our own store finds them here.
  Object.assign(process.env, server.credentials);
  const [data, site] = [await server.newBucket(), await server.newBucket()];
  const proxy = await startCountingProxy(server.endpoint, site);
  running.defer(() => proxy.close());
  const endpoint = await startEndpoint({ preset });
  running.defer(() => endpoint.close());
  const stores = {
    ...server.credentials,
    AWS_ENDPOINT_URL_S3: proxy.endpoint,
    BRIMLINE_DATA_BUCKET: data,
    BRIMLINE_SITE_BUCKET: site,
  };
  const service = await startService(stores, options);
  running.defer(() => void service.stop());
  return {
    proxy,
    endpoint,
    service,
    /** The data bucket, past the proxy. */
    data: s3Store({ bucket: data, prefix: "", endpoint: server.endpoint }),
  };
}

/** Runs a job and then nothing. It is null where VersityGW cannot be had. */
export async function rehearse(plan: Plan): Promise<Rehearsal | null> {
  await using running = new AsyncDisposableStack();
  const started = await startRehearsal(running, plan);
  if (started === null) return null;
  const { proxy, endpoint, service } = started;
  const sent = await startCountingPipe(Number(new URL(endpoint.url).port));
  running.defer(() => sent.close());
  const folder = await mkdtemp(join(tmpdir(), "brimline-cost-"));
  running.defer(() => rm(folder, { recursive: true, force: true }));

  const take = async (when: "now" | "end"): Promise<Counted> => ({
    ...(await service.count(when)),
    s3: proxy.take(),
    sentBytes: sent.take(),
  });
  await take("now");
  const self = await submit(service.url, {
    ...plan.job,
    endpoint: { url: sent.url, model: plan.preset.model, apiKey: "sk-counted" },
  });
  const job = await take("end");
  const { state } = await ask<{ state: string }>(self);
  if (plan.idleS === 0) return { state, job, idle: null };
  const agent = await startLocalAgent({
    serverUrl: service.url,
    key: ADMIN_KEY,
    dataDir: folder,
    nvidiaSmi: fileURLToPath(import.meta.resolve("@brimline/sim/nvidia-smi")),
    env: {
      BRIMLINE_SIM_URL: endpoint.url.replace(/\/v1$/, ""),
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
    },
  });
  running.defer(() => agent.stop());
  await sleep(SETTLE_MS);
  await take("now");
  await sleep(1000 * plan.idleS);
  return { state, job, idle: await take("now") };
}

async function startService(stores: Record<string, string>, options: RehearsalOptions) {
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
    BRIMLINE_PUBLISH: "publish",
  };
  const program = fileURLToPath(import.meta.resolve("../lambda/rehearsal.ts"));
  const child = fork(program, [JSON.stringify(options)], { env, execArgv: [], silent: true });
  child.stdout?.resume();
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-LOG_TAIL)));
  const gone = once(child, "exit").then(() =>
    Promise.reject(new Error(`the service ended before its job:\n${log}`)),
  );
  gone.catch(() => {});
  const heard = async <T>(): Promise<T> => (await Promise.race([once(child, "message"), gone]))[0] as T;
  const { url } = await heard<{ url: string }>();
  return {
    url,
    /** Takes what was counted since the last time: now, when all has ended, or when the timer has run once more. */
    async count(when: "now" | "end" | "sweep"): Promise<CountedInProcess> {
      const answer = heard<CountedInProcess>();
      child.send(when);
      return answer;
    },
    stop: () => child.kill("SIGKILL"),
  };
}

/** Stands before a server on loopback and counts the bytes that it is sent. */
async function startCountingPipe(port: number) {
  let bytes = 0;
  const server = createServer((client) => {
    const behind = connect(port, "127.0.0.1");
    client.on("data", (piece) => (bytes += piece.length));
    client.on("error", () => behind.destroy()).on("close", () => behind.destroy());
    behind.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.pipe(behind).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    take() {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => void server.close(),
  };
}

/** Submits a job and gives its address. */
const submit = async (url: string, body: object): Promise<string> =>
  (await ask<{ links: { self: string } }>(`${url}/v1/jobs`, { method: "POST", body: JSON.stringify(body) }))
    .links.self;

async function ask<T>(url: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
  const answer = await fetch(url, { ...init, headers });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
