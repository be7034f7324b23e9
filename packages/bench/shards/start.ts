import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { LOAD_FLAGS } from "@brimline/load/priority";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlace } from "@brimline/testkit/functions/watched";
import { CORES } from "@brimline/testkit/pin";

/** What a shard process is told. */
export interface ShardRun {
  plan: ShardPlan;
  /** With null nobody can stop it. */
  control: ControlPlace | null;
}

export interface ShardDone {
  summary: ShardSummary;
  records: RequestRecord[];
  /** The truth server's CLOCK_MONOTONIC ms at 0 of the records' clock, right to some µs. */
  t0ClockMs: number;
}

export interface ShardProcess {
  pid: number;
  /** Binds it to that core alone, or to any (null). */
  pin(core: number | null): void;
  run(run: ShardRun): Promise<ShardDone>;
  /** Stops it for so long, as the system may, and lets it go on. */
  pauseFor(ms: number): Promise<void>;
  stop(): void;
}

const ANY_CORE = `0-${cpus().length - 1}`;
/** It is long enough for all processes of a level to be told. */
const START_IN_MS = 1000;

/**
 * Starts a process for shards of so many streams, on that core or on any (null), and waits until it has
 * warmed itself.
 */
export async function startShards(
  core: number | null,
  { streams = 0 }: { streams?: number } = {},
): Promise<ShardProcess> {
  const child = fork(join(import.meta.dirname, "main.ts"), [String(streams)], {
    serialization: "advanced",
    execArgv: LOAD_FLAGS,
  });
  // The process that starts it may be bound to a core, and a child inherits that.
  const pin = (to: number | null): void => {
    if (CORES.client !== null)
      execFileSync("taskset", ["-acp", to === null ? ANY_CORE : String(to), String(child.pid)], {
        stdio: "ignore",
      });
  };
  pin(core);
  const died = once(child, "exit").then(() => Promise.reject(new Error("the shard's process ended")));
  // After the last run the process may end.
  died.catch(() => {});
  await Promise.race([once(child, "message"), died]);
  return {
    pid: child.pid ?? 0,
    pin,
    async run(run) {
      const done = once(child, "message");
      child.send(run);
      return (await Promise.race([done, died]))[0] as ShardDone;
    },
    async pauseFor(ms) {
      child.kill("SIGSTOP");
      await sleep(ms);
      child.kill("SIGCONT");
    },
    stop: () => child.disconnect(),
  };
}

/** The plans of one level of one job, for all its shards. */
export function benchLevel(
  url: string,
  shards: number,
  load: LevelPlan["load"],
  stop: LevelPlan["stop"],
  job: Partial<JobRequest> = {},
): ShardPlan[] {
  const spec = JobSpec.parse({ levels: [1], ...job, endpoint: { model: "truth", ...job.endpoint, url } });
  const t0UnixMs = Date.now() + START_IN_MS;
  return Array.from({ length: shards }, (_, shard) => ({
    spec,
    seed: "bench",
    level: { id: "l01", role: "measured" as const, load, stop, rampS: 0, repeat: 0 },
    shard,
    shards,
    t0UnixMs,
    traits: { without: [] },
    secrets: NO_SECRETS,
    largestE2eMs: null,
  }));
}
