import { byLoad } from "@brimline/core/report/shown/by-load";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/shown/csv";
import { type IndexEntry, indexEntry } from "@brimline/core/report/entry";
import { markdownReport, REPORT_MD } from "@brimline/core/report/shown/markdown";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ASK_ALWAYS } from "../cache-control.ts";
import { isTombstone, type ListingObject, listingOf, readListing } from "../objects/listing.ts";
import { specOf } from "../objects/spec.ts";
import { setPages, statusOf } from "../objects/status.ts";
import { loadRenderer, type Renderer } from "../renderer.ts";
import type { Service } from "../service.ts";
import { markCompared, placeComparison, withdrawComparison } from "./publish-comparison.ts";
import { placeTrends, trendsOf } from "./place-trends.ts";
import { type Changed, showRow } from "./shelve.ts";
import { REPORT_JSON, write } from "./site-files.ts";

export const PublishInput = z.object({
  jobId: z.string(),
  /** The job has ended, and how it is listed has changed since. */
  relist: z.boolean().default(false),
});

export interface PublishResult {
  hasPage: boolean;
  /** Whether there is a page of the comparison with the job's baseline. */
  hasComparison: boolean;
}

const NO_PAGES: PublishResult = { hasPage: false, hasComparison: false };

/**
 * Writes the page of a job's report and its files to the site, before it the page of the comparison with the job's
 * baseline, and renders the lists that the report stands in anew when it is public. A private report has no page. The
 * pages that are the same whatever was measured come with every report, since the one that compares shows private ones
 * too. It throws when a page cannot be rendered; the report and its table are published by then.
 */
export async function publishTask(
  service: Service,
  { jobId, relist }: z.input<typeof PublishInput>,
  load = loadRenderer,
): Promise<PublishResult> {
  if (relist === true) return republish(service, jobId, load);
  const placed = await place(service, jobId, await readListing(service, jobId), load);
  if (placed.report === null) throw new Error(`${keys.report(jobId)} is missing`);
  await list(service, placed, load);
  return placed.pages;
}

/**
 * Brings page and index in line with how an ended job is listed now. A job that was deleted has none. When the
 * listing changes meanwhile it begins anew, so that the last change stands; then it removes the job's mark.
 */
export async function republish(
  service: Service,
  jobId: string,
  load: typeof loadRenderer,
  follow = list,
): Promise<PublishResult> {
  for (;;) {
    const listing = await readListing(service, jobId);
    const placed = await place(service, jobId, listing, load);
    await follow(service, placed, load);
    const { pages } = placed;
    // The marks come before the status: a run that is cut in between finds that they are still to be made.
    if (isTombstone(listing) || (await statusOf(service, jobId)).hasPage !== pages.hasPage)
      await markCompared(service, jobId);
    await setPages(service, jobId, pages);
    if (!isDeepStrictEqual(await readListing(service, jobId), listing)) continue;
    await service.data.remove(keys.relist(jobId));
    return pages;
  }
}

export interface Placed {
  job: { id: string; createdAt: string };
  report: Report | null;
  pages: PublishResult;
  /** Its row in the lists of public reports. It is null for a report that is in none. */
  row: IndexEntry | null;
}

/**
 * Puts the page where the listing wants it, or takes it away, and says which row the report has in the lists of public
 * reports. Its name and tags are those of the listing; `report.json` keeps what was asked.
 */
async function place(
  service: Service,
  jobId: string,
  changed: ListingObject | null,
  load: typeof loadRenderer,
): Promise<Placed> {
  if (isTombstone(changed)) {
    await withdraw(service, jobId);
    const job = { id: jobId, createdAt: changed.createdAt };
    return { job, report: null, pages: NO_PAGES, row: null };
  }
  const stored = await specOf(service, jobId);
  const { name, tags, visibility } = listingOf(stored, changed);
  const object = await service.data.get(keys.report(jobId));
  if (object === null) return { job: stored, report: null, pages: NO_PAGES, row: null };
  const report = Report.parse(JSON.parse(object.body.toString("utf8")));
  const listed = { ...report, name, tags };
  const job = { id: jobId, createdAt: report.createdAt };
  if (visibility === "private") {
    await withdraw(service, jobId);
    await placeSite(service, await load());
    return { job, report, pages: NO_PAGES, row: null };
  }
  await service.site.create(keys.page(jobId, REPORT_JSON), object.body, {
    contentType: "application/json",
    cacheControl: ASK_ALWAYS,
  });
  const csv = { contentType: "text/csv; charset=utf-8", cacheControl: ASK_ALWAYS };
  await service.site.put(keys.page(jobId, LEVELS_CSV), levelsCsv(listed), csv);
  const pageUrl = `${service.config.publicUrl}/${keys.pagePrefix(jobId)}`;
  await service.site.put(keys.page(jobId, REPORT_MD), markdownReport(listed, pageUrl), {
    contentType: "text/markdown; charset=utf-8",
    cacheControl: ASK_ALWAYS,
  });
  const renderer = await load();
  const comparison = await placeComparison(service, renderer, listed, stored.spec.baseline);
  const page = await renderer.renderReport(byLoad(listed), service.config.publicUrl, comparison);
  await write(service, page, (file) => keys.page(jobId, file));
  await placeSite(service, renderer);
  const pages = { hasPage: true, hasComparison: comparison !== null };
  return { job, report, pages, row: visibility === "public" ? indexEntry(listed) : null };
}

/** Puts the pages there that are the same whatever was measured. */
const placeSite = async (service: Service, renderer: Renderer): Promise<void> =>
  write(service, await renderer.renderSite(service.config.publicUrl), (file) => file);

/** Takes the pages and all their files from the site. */
async function withdraw(service: Service, jobId: string): Promise<void> {
  const { site } = service;
  for await (const key of listAll(site, keys.pagePrefix(jobId))) await site.remove(key);
  await withdrawComparison(service, jobId);
}

/** Brings the lists of public reports in line with the report's row, and renders those that changed. */
export async function list(
  service: Service,
  { job, row }: Pick<Placed, "job" | "row">,
  load: typeof loadRenderer,
): Promise<void> {
  await showRow(service, job, row, listsShown(service, load));
}

/** Renders lists that changed, with the trends of tags among them. */
export const listsShown =
  (service: Service, load: typeof loadRenderer) =>
  async (changed: Changed): Promise<void> => {
    const renderer = await load();
    const trends = await trendsOf(service, changed.pages);
    const pages = changed.pages.map((page) => ({ ...page, hasTrend: trends.has(page.shelf.path) }));
    const files = await renderer.renderLists({ ...changed, pages }, service.config.publicUrl);
    await placeTrends(service, renderer, changed, trends);
    await write(service, files, (file) => file);
    for (const path of changed.gone) await service.site.remove(`${path}index.html`);
  };
