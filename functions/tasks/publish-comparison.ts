import { compare } from "@brimline/core/compare/compare";
import type { Comparison } from "@brimline/core/compare/schema";
import type { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { reportsOf } from "../objects/comparison.ts";
import { isTombstone, listingOf, readListing } from "../objects/listing.ts";
import { putObject, readObject } from "../objects/object.ts";
import { readReport } from "../objects/report.ts";
import { SpecObject } from "../objects/spec.ts";
import type { Renderer } from "../renderer.ts";
import type { Service } from "../service.ts";
import { write } from "./site-files.ts";

/**
 * Puts the page of the comparison of a report with its job's baseline where it belongs, or takes it away, and resolves
 * to what it says. It is null where there is none: without a baseline, where the two cannot be compared, and where the
 * baseline is private or deleted, of which nothing may be shown.
 */
export async function placeComparison(
  service: Service,
  renderer: Renderer,
  listed: Report,
  baseline: string | undefined,
): Promise<Comparison | null> {
  if (baseline === undefined) return null;
  const compared = await comparedWith(service, listed, baseline);
  if (compared === null) {
    await withdrawComparison(service, listed.id);
    return null;
  }
  const { comparison, a, b } = compared;
  // The mark comes first, so that a baseline that is hidden finds all pages that show it.
  await putObject(service.data, keys.beside(baseline, listed.id), { id: listed.id });
  const files = await renderer.renderComparison(comparison, a, b, service.config.publicUrl);
  await write(service, files, (file) => keys.comparison(listed.id, file));
  return comparison;
}

async function comparedWith(
  service: Service,
  listed: Report,
  baseline: string,
): Promise<{ comparison: Comparison; a: Report; b: Report } | null> {
  if ((await readReport(service, baseline)) === "unreadable") return null;
  const [spec, changed, reports] = await Promise.all([
    readObject(service.data, keys.spec(baseline), SpecObject),
    readListing(service, baseline),
    reportsOf(service, { a: baseline, b: listed.id }),
  ]);
  if (spec === null || isTombstone(changed) || "missing" in reports) return null;
  const { name, tags, visibility } = listingOf(spec, changed);
  if (visibility === "private") return null;
  const sides = { a: { ...reports.a, name, tags }, b: listed };
  const comparison = compare({ ...reports, ...sides });
  return "refused" in comparison ? null : { comparison, ...sides };
}

/** Takes the page of a job's comparison from the site. */
export async function withdrawComparison({ site }: Service, jobId: string): Promise<void> {
  for await (const key of listAll(site, keys.comparison(jobId, ""))) await site.remove(key);
}

/** Marks the jobs that have this one as their baseline, so that their pages follow when it is hidden or shown again. */
export async function markCompared({ data }: Service, baseline: string): Promise<void> {
  for await (const key of listAll(data, keys.besidePrefix(baseline))) {
    const id = key.slice(keys.besidePrefix(baseline).length);
    await putObject(data, keys.relist(id), { id });
  }
}
