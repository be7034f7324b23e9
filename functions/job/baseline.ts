import type { JobComparison } from "@brimline/core/job/job";
import { comparisonOf } from "../objects/comparison.ts";
import type { SpecObject } from "../objects/spec.ts";
import type { Service } from "../service.ts";

/** What a job's report is beside its baseline's. It is null without a baseline, or without a report of its own. */
export async function besideBaseline(
  service: Service,
  { id, spec: { baseline } }: SpecObject,
): Promise<JobComparison | null> {
  if (baseline === undefined) return null;
  const comparison = await comparisonOf(service, { a: baseline, b: id });
  if ("missing" in comparison)
    return comparison.missing === id
      ? null
      : { baseline, verdict: "inconclusive", sentence: "The baseline's report is gone.", next: null };
  if ("refused" in comparison)
    return { baseline, verdict: "inconclusive", sentence: comparison.refused, next: null };
  const { verdict, sentence, next } = comparison;
  return { baseline, verdict, sentence, next };
}
