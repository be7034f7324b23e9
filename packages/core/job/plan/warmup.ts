import type { RequestRecord } from "../../record/record.ts";
import type { AttemptStart, Learnt } from "../level/attempt.ts";
import { calibrate, calibrateBesideImages, type PromptCount } from "../request/calibration.ts";
import { source } from "../level/source.ts";
import type { JobSpec } from "../spec/spec.ts";

/** What is known of the endpoint before the warm-up has ended: the token counts of preflight's prompts. */
export const learntByPreflight = (counts: PromptCount[], { images }: JobSpec["workload"]): Learnt => ({
  largestE2eMs: null,
  calibration: images === undefined ? calibrate(counts) : calibrateBesideImages(counts),
});

/**
 * What is known of the endpoint after the warm-up, by its ok requests. Prompts of the job's own are not made
 * of our words, so their counts calibrate nothing, and those of prompts with images nothing more.
 */
export function learntByWarmup(
  { spec, seed, promptCounts }: { spec: JobSpec; seed: string; promptCounts: PromptCount[] },
  { plan, calibration }: AttemptStart,
  records: Iterable<RequestRecord>,
): Learnt {
  const requests = source({ seed, level: plan, spec, calibration });
  const counts = [...promptCounts];
  let largestE2eMs: number | null = null;
  for (const { index, outcome, sentMs, lastMs, tokens } of records) {
    if (outcome !== "ok") continue;
    if (lastMs !== null) largestE2eMs = Math.max(largestE2eMs ?? 0, lastMs - sentMs);
    if (tokens.input === null) continue;
    counts.push({ words: requests.at(index).words, tokens: tokens.input });
  }
  const { prompts, images } = spec.workload;
  if (images !== undefined) return { largestE2eMs, calibration };
  return { largestE2eMs, calibration: calibrate(prompts === undefined ? counts : []) };
}
