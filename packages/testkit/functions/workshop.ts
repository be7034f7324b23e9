import type { Job, JobState } from "@brimline/core/job/state/job";
import { END_STATES } from "@brimline/core/job/state/job";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { LocalOptions } from "@brimline/functions/local";

/**
 * Progress changes once a second. A service that is asked more often would be busy with answers while it
 * measures.
 */
const LOOK_EVERY_MS = 200;

/** A whole service in a process of its own, so that a test can kill it. */
export interface SpawnedService {
  url: string;
  pid: number;
  /** The lines that it logged. */
  log: string[];
  submit(body: object, headers?: Record<string, string>): Promise<Job>;
  job(id: string): Promise<Job>;
  /** Waits until the job fits. */
  until(id: string, fits: (job: Job) => boolean, timeoutMs?: number): Promise<Job>;
  /** Waits for the job's end. */
  ended(id: string, timeoutMs?: number): Promise<Job>;
  cancel(id: string): Promise<Response>;
  get(path: string): Promise<Response>;
  /** The process ids of its workers. */
  workers(): Promise<number[]>;
  /** Sends the signal and returns the exit code, or the signal that ended the process. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

const SOURCE = `import { startLocalService } from ${JSON.stringify(import.meta.resolve("@brimline/functions/local"))};
const [dataDir, options] = process.argv.slice(1);
try {
  const service = await startLocalService({ logLevel: "warn", ...JSON.parse(options), port: 0, dataDir });
  process.on("SIGTERM", () => void service.close());
  console.log("listening on " + service.url);
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}`;

/** Options that most tests do without (see `LocalOptions`). */
type Options = Pick<LocalOptions, "adminKey" | "certify" | "logLevel" | "webhookRetryS">;

/**
 * Starts a process that tries to start a service on a data folder, and keeps its lines of output. Its workers
 * measure their own error only if told to.
 */
export function spawnStart(dataDir: string, options: Options = {}) {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", SOURCE, dataDir, JSON.stringify({ certify: false, ...options })],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const log: string[] = [];
  const lines = createInterface(child.stdout);
  lines.on("line", (line) => log.push(line));
  createInterface(child.stderr).on("line", (line) => log.push(line));
  return { child, log, lines };
}

export async function spawnService(dataDir: string, options?: Options): Promise<SpawnedService> {
  const { child, log, lines } = spawnStart(dataDir, options);
  await once(lines, "line");
  const url = /listening on (\S+)/.exec(log[0] ?? "")?.[1];
  if (url === undefined) throw new Error(`the service did not start: ${log.join("\n")}`);
  const gone = once(child, "exit");
  const pid = child.pid ?? 0;
  const get = (path: string): Promise<Response> => fetch(new URL(path, url));
  const job = async (id: string): Promise<Job> => (await (await get(`/v1/jobs/${id}`)).json()) as Job;
  const until = async (id: string, fits: (job: Job) => boolean, timeoutMs = 90_000): Promise<Job> => {
    for (const giveUpMs = performance.now() + timeoutMs; ; await sleep(LOOK_EVERY_MS)) {
      const now = await job(id);
      if (fits(now)) return now;
      if (performance.now() > giveUpMs)
        throw new Error(`waited ${timeoutMs} ms: ${JSON.stringify(now)} ${log.join("\n")}`);
    }
  };
  return {
    url,
    pid,
    log,
    get,
    job,
    until,
    ended: (id, timeoutMs) => until(id, ({ state }) => hasEnded(state), timeoutMs),
    async submit(body, headers = {}) {
      const response = await fetch(new URL("/v1/jobs", url), {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
      if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
      return (await response.json()) as Job;
    },
    cancel: (id) => fetch(new URL(`/v1/jobs/${id}/cancel`, url), { method: "POST" }),
    workers: async () =>
      (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean).map(Number),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await gone;
      return child.exitCode ?? child.signalCode;
    },
  };
}

const hasEnded = (state: JobState): boolean => END_STATES.includes(state);

/** The folders and services of one test file, which are removed and killed at its end. */
export function workshop() {
  const folders: string[] = [];
  const services: SpawnedService[] = [];
  return {
    async folder(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), "brimline-test-"));
      folders.push(folder);
      return folder;
    },
    async service(dataDir: string, options?: Options): Promise<SpawnedService> {
      const service = await spawnService(dataDir, options);
      services.push(service);
      return service;
    },
    async close(): Promise<void> {
      await Promise.all(services.map((service) => service.end("SIGKILL")));
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
    },
  };
}
