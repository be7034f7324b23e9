import type { ShardCounters } from "@brimline/load/level/shard-plan";
import { keys } from "@brimline/store/keys";
import type { ProgressObject } from "../objects/progress.ts";
import { putObject } from "../objects/object.ts";
import type { Service } from "../service.ts";

/** The rate that is shown spans this many readings. */
const READINGS = 5;

/** What names the object that a shard's progress is written to, and the attempt that it belongs to. */
export interface ProgressPlace {
  jobId: string;
  levelId: string;
  repeat: number;
  attempt: number;
  shard: number;
}

/**
 * Writes a shard's counters every `progressEveryMs` until `signal` ends it. Callers look at them, and the
 * job's limits use them when the shard is lost. No figure comes from them.
 */
export function showProgress(
  service: Service,
  { jobId, levelId, repeat, attempt, shard }: ProgressPlace,
  counters: () => ShardCounters,
  signal: AbortSignal,
): void {
  const readings: { atMs: number; outputTokens: number }[] = [{ atMs: performance.now(), outputTokens: 0 }];
  let writing = false;
  const write = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    const { inFlight, ok, failed, errors, outputTokens } = counters();
    const now = { atMs: performance.now(), outputTokens };
    const from = readings[0] ?? now;
    const outputTokensPerS =
      now.atMs > from.atMs ? (1000 * (outputTokens - from.outputTokens)) / (now.atMs - from.atMs) : null;
    readings.push(now);
    if (readings.length > READINGS) readings.shift();
    const progress: ProgressObject = {
      schema: "brimline.progress/1",
      attempt,
      repeat,
      inFlight,
      ok,
      failed,
      errors,
      outputTokens,
      outputTokensPerS,
    };
    // Progress that cannot be written, for example to a full disk, must not end a measurement. Writing the
    // records throws then.
    await putObject(service.data, keys.progress(jobId, levelId, shard), progress).catch(() => {});
    writing = false;
  };
  const timer = setInterval(() => void write(), service.config.progressEveryMs);
  signal.addEventListener("abort", () => clearInterval(timer));
}
