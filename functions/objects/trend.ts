import type { FigureKey } from "@brimline/core/report/catalogue";
import { type TrendReport, trendOf } from "@brimline/core/trend/trend";
import type { Trend } from "@brimline/core/trend/schema";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { isTombstone, type Listing, listingOf, readListing } from "./listing.ts";
import { readObject } from "./object.ts";
import { readReport } from "./report.ts";
import { SpecObject } from "./spec.ts";

/** A trend has at most so many of the newest jobs with its tag, and so many unless another number is named. */
export const TREND_JOBS_MAX = 60;
export const TREND_JOBS = 40;

/**
 * The trend of those of these jobs that are listed so. A list may still name a job that has left it. It is null where
 * none has a report.
 */
export async function trendOfJobs(
  service: Service,
  tag: string,
  ids: string[],
  figure: FigureKey | null,
  isWanted: (listing: Listing) => boolean,
): Promise<Trend | null> {
  const reports = await atOnce(REQUESTS_AT_ONCE, ids, (id) => trendReport(service, id, isWanted));
  const known = reports.filter((report) => report !== null);
  const newestFirst = known.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  return trendOf(tag, newestFirst, figure);
}

/**
 * What a trend needs of a job's report, under the name by which the job is listed. It is null without one that this
 * version can read.
 */
async function trendReport(
  service: Service,
  id: string,
  isWanted: (listing: Listing) => boolean,
): Promise<TrendReport | null> {
  const [spec, changed, report] = await Promise.all([
    readObject(service.data, keys.spec(id), SpecObject),
    readListing(service, id),
    readReport(service, id),
  ]);
  if (spec === null || report === null || report === "unreadable" || isTombstone(changed)) return null;
  const listing = listingOf(spec, changed);
  if (!isWanted(listing)) return null;
  const { createdAt, endpoint, job, levels, provenance, slo } = report;
  return { id, name: listing.name, createdAt, endpoint, job, levels, provenance, slo };
}
