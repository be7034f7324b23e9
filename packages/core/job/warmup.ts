import type { RequestRecord } from "../record/record.ts";
import type { AttemptStart, Learnt } from "./attempt.ts";
import { calibrate, type PromptCount } from "./calibration.ts";
import { source } from "./source.ts";
import type { JobSpec } from "./spec.ts";

/** What is known of the endpoint before the warm-up has ended: the token counts of preflight's prompts. */
export const learntByPreflight = (counts: PromptCount[]): Learnt => ({
  largestE2eMs: null,
  calibration: calibrate(counts),
});

/**
 * What is known of the endpoint after the warm-up, by its ok requests. Prompts of the job's own are not made
 * of our words, so their counts calibrate nothing.
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
  return { largestE2eMs, calibration: calibrate(spec.workload.prompts === undefined ? counts : []) };
}
