import { calibrate, wordsFor, type Calibration, type PromptCount } from "@brimline/core/job/calibration";
import { requestSeed, requestSize } from "@brimline/core/job/schedule";
import { decodeRecord } from "@brimline/core/record/codec";
import { keys } from "@brimline/store/keys";
import { AttemptStart } from "../objects/attempt-start.ts";
import { PreflightObject } from "../objects/preflight.ts";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { type EndedLevel, shardSummaries } from "../objects/ended-levels.ts";
import { recordLines } from "../objects/records.ts";
import { jobSeed, specOf } from "../objects/spec.ts";

/** What the next level may know of the endpoint. */
export interface Learnt {
  /** The largest E2E of the warm-up's ok requests, ms. It is null before the warm-up has ended. */
  largestE2eMs: number | null;
  /**
   * It follows from the token counts of preflight's prompts, and from those of the warm-up once it has ended.
   */
  calibration: Calibration;
}

export async function learntSoFar(service: Service, jobId: string, finished: EndedLevel[]): Promise<Learnt> {
  const preflight = await readObject(service.data, keys.preflight(jobId), PreflightObject);
  const counts = [...(preflight?.promptCounts ?? [])];
  const warmup = finished.find(({ end }) => end.plan.role === "warmup");
  if (warmup === undefined) return { largestE2eMs: null, calibration: calibrate(counts) };

  const stored = await specOf(service, jobId);
  const start = await readObject(service.data, keys.attemptStart(warmup.attemptKey), AttemptStart);
  let largestE2eMs: number | null = null;
  for (const { shard } of await shardSummaries(service, warmup.attemptKey, warmup.end.shards)) {
    for (const line of await recordLines(service.data, keys.records(warmup.attemptKey, shard))) {
      const { index, outcome, sentMs, lastMs, tokens } = decodeRecord(line);
      if (outcome !== "ok") continue;
      if (lastMs !== null) largestE2eMs = Math.max(largestE2eMs ?? 0, lastMs - sentMs);
      if (tokens.input !== null && start !== null)
        counts.push({ words: wordsOf(index, start), tokens: tokens.input });
    }
  }
  return { largestE2eMs, calibration: calibrate(stored.spec.workload.prompts === undefined ? counts : []) };

  function wordsOf(index: number, { plan, calibration }: AttemptStart): PromptCount["words"] {
    return wordsFor(
      requestSize(index, requestSeed(jobSeed(stored), plan.id, plan.repeat, index), stored.spec.workload),
      calibration,
    );
  }
}
