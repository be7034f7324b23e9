import type { LevelPlan } from "@brimline/core/job/plan";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import type { ShardTask } from "@brimline/load/task";
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What a shard process is told. */
export interface ShardRun {
  task: ShardTask;
  /** The store that has the job's control object, and how often to look at it; null: nobody can stop it. */
  control: { folder: string; jobId: string; everyMs: number } | null;
}

export interface ShardDone {
  summary: ShardSummary;
  records: RequestRecord[];
}

export interface ShardProcess {
  run(run: ShardRun): Promise<ShardDone>;
  stop(): void;
}

/** Long enough for all processes of a level to be told. */
const START_IN_MS = 1000;

/** Starts a process for shards, on that core or on any (null), and waits until it has warmed itself. */
export async function startShards(core: number | null): Promise<ShardProcess> {
  const child = fork(join(import.meta.dirname, "main.ts"), [], { serialization: "advanced" });
  if (core !== null) execFileSync("taskset", ["-acp", String(core), String(child.pid)], { stdio: "ignore" });
  const died = once(child, "exit").then(() => Promise.reject(new Error("the shard's process ended")));
  // After the last run that is as it should be.
  died.catch(() => {});
  await Promise.race([once(child, "message"), died]);
  return {
    async run(run) {
      const done = once(child, "message");
      child.send(run);
      return (await Promise.race([done, died]))[0] as ShardDone;
    },
    stop: () => child.disconnect(),
  };
}

/** One level of one job, for all its shards. */
export function levelOf(url: string, shards: number, load: LevelPlan["load"], stop: LevelPlan["stop"], job: Partial<JobRequest> = {}): ShardTask[] {
  const spec = JobSpec.parse({ levels: [1], ...job, endpoint: { model: "truth", ...job.endpoint, url } });
  const t0UnixMs = Date.now() + START_IN_MS;
  return Array.from({ length: shards }, (_, shard) => ({
    spec,
    seed: "bench",
    plan: { id: "l01", role: "measured" as const, load, stop, rampS: 0, repeat: 0 },
    shard,
    shards,
    t0UnixMs,
    traits: { maxTokensField: "max_tokens" as const, ignoreEos: true, includeUsage: true, temperature: true },
    apiKey: null,
    largestE2eMs: null,
  }));
}
