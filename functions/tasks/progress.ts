import type { ShardCounters } from "@brimline/load/level/shard-plan";
import { keys } from "@brimline/store/keys";
import type { ProgressObject } from "../objects/progress.ts";
import { putObject } from "../objects/object.ts";
import type { Service } from "../service.ts";

/** The rate shown is over this many readings. */
const READINGS = 5;

/** Where a shard's progress goes. */
export interface ProgressPlace {
  jobId: string;
  levelId: string;
  repeat: number;
  attempt: number;
  shard: number;
}

/**
 * Writes a shard's counters every `progressEveryMs` until `signal` ends it: to be looked at, and for the limits of the job where the shard
 * is lost. No figure comes from here.
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
    // Progress that cannot be written (a full disk) must not end a measurement; the records will tell if they cannot be either.
    await putObject(service.data, keys.progress(jobId, levelId, shard), progress).catch(() => {});
    writing = false;
  };
  const timer = setInterval(() => void write(), service.config.progressEveryMs);
  signal.addEventListener("abort", () => clearInterval(timer));
}
