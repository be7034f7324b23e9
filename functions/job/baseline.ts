import type { JobComparison } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";
import { comparisonOf } from "../objects/comparison.ts";
import { accessTo } from "../objects/access.ts";
import { isTombstone, listingOf, readListing } from "../objects/listing.ts";
import { readObject } from "../objects/object.ts";
import { SpecObject } from "../objects/spec.ts";
import type { Service } from "../service.ts";

/** What a job's report is beside its baseline's. It is null without a baseline, or without a report of its own. */
export async function besideBaseline(
  service: Service,
  { id, caller, spec: { baseline } }: SpecObject,
): Promise<JobComparison | null> {
  if (baseline === undefined) return null;
  if (!(await mayCompare(service, caller, baseline)))
    return { baseline, verdict: "inconclusive", sentence: "The baseline's report is gone.", next: null };
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

/** Whether the caller may still read the baseline, which may have been another's public job when this one was submitted. */
async function mayCompare(service: Service, caller: string, baseline: string): Promise<boolean> {
  const [spec, listing] = await Promise.all([
    readObject(service.data, keys.spec(baseline), SpecObject),
    readListing(service, baseline),
  ]);
  if (spec === null || isTombstone(listing)) return false;
  const { visibility } = listingOf(spec, listing);
  return accessTo({ id: caller }, { owner: spec.caller, visibility }) !== "none";
}
