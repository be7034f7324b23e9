import { byLoad } from "@brimline/core/report/by-load";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/csv";
import { IndexEntry, indexEntry } from "@brimline/core/report/entry";
import { markdownReport, REPORT_MD } from "@brimline/core/report/markdown";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ASK_ALWAYS } from "../cache-control.ts";
import { isTombstone, type ListingObject, listingOf, readListing } from "../objects/listing.ts";
import { specOf } from "../objects/spec.ts";
import { putObject, readObject } from "../objects/object.ts";
import { setPages } from "../objects/status.ts";
import { type Renderer, loadRenderer } from "../renderer.ts";
import type { Service } from "../service.ts";
import { markCompared, placeComparison, withdrawComparison } from "./publish-comparison.ts";
import { write } from "./site-files.ts";

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

/** The largest number of rows in the public index. */
const INDEX_ROWS = 500;

/**
 * Writes the page of a job's report and its files to the site, and renders the index anew when the report is
 * public, and before it the page of the comparison with the job's baseline. A private report has no page. It throws when
 * a page cannot be rendered; the report and its table are published by then.
 */
export async function publishTask(
  service: Service,
  { jobId, relist }: z.input<typeof PublishInput>,
  load = loadRenderer,
): Promise<PublishResult> {
  if (relist === true) return republish(service, jobId, load);
  const placed = await place(service, jobId, await readListing(service, jobId), load);
  if (placed.report === null) throw new Error(`${keys.report(jobId)} is missing`);
  if (placed.isPublic) await writeIndex(service, await load());
  return placed.pages;
}

/**
 * Brings page and index in line with how an ended job is listed now. A job that was deleted has none. When the
 * listing changes meanwhile it begins anew, so that the last change stands; then it removes the job's mark.
 */
async function republish(service: Service, jobId: string, load: typeof loadRenderer): Promise<PublishResult> {
  for (;;) {
    const listing = await readListing(service, jobId);
    const { pages } = await place(service, jobId, listing, load);
    await writeIndex(service, await load());
    if (isTombstone(listing) || (await setPages(service, jobId, pages))) await markCompared(service, jobId);
    if (!isDeepStrictEqual(await readListing(service, jobId), listing)) continue;
    await service.data.remove(keys.relist(jobId));
    return pages;
  }
}

/**
 * Puts the page where the listing wants it, or takes it away, and the job's row into the list of public reports or
 * out of it. Its name and tags are those of the listing; `report.json` keeps what was asked.
 */
async function place(
  service: Service,
  jobId: string,
  changed: ListingObject | null,
  load: typeof loadRenderer,
): Promise<{ report: Report | null; pages: PublishResult; isPublic: boolean }> {
  if (isTombstone(changed)) {
    await withdraw(service, jobId);
    await service.data.remove(keys.published(Date.parse(changed.createdAt), jobId));
    return { report: null, pages: NO_PAGES, isPublic: false };
  }
  const stored = await specOf(service, jobId);
  const { name, tags, visibility } = listingOf(stored, changed);
  const object = await service.data.get(keys.report(jobId));
  if (object === null) return { report: null, pages: NO_PAGES, isPublic: false };
  const report = Report.parse(JSON.parse(object.body.toString("utf8")));
  const listed = { ...report, name, tags };
  const row = keys.published(Date.parse(report.createdAt), jobId);
  if (visibility !== "public") await service.data.remove(row);
  if (visibility === "private") {
    await withdraw(service, jobId);
    return { report, pages: NO_PAGES, isPublic: false };
  }
  await service.site.create(keys.page(jobId, "report.json"), object.body, {
    contentType: "application/json",
    cacheControl: ASK_ALWAYS,
  });
  const csv = { contentType: "text/csv; charset=utf-8", cacheControl: ASK_ALWAYS };
  await service.site.create(keys.page(jobId, LEVELS_CSV), levelsCsv(report), csv);
  const pageUrl = `${service.config.publicUrl}/${keys.pagePrefix(jobId)}`;
  await service.site.create(keys.page(jobId, REPORT_MD), markdownReport(report, pageUrl), {
    contentType: "text/markdown; charset=utf-8",
    cacheControl: ASK_ALWAYS,
  });
  const renderer = await load();
  const comparison = await placeComparison(service, renderer, listed, stored.spec.baseline);
  const page = await renderer.renderReport(byLoad(listed), service.config.publicUrl, comparison);
  await write(service, page, (file) => keys.page(jobId, file));
  if (visibility === "public") await putObject(service.data, row, indexEntry(listed));
  const pages = { hasPage: true, hasComparison: comparison !== null };
  return { report, pages, isPublic: visibility === "public" };
}

/** Takes the pages and all their files from the site. */
async function withdraw(service: Service, jobId: string): Promise<void> {
  const { site } = service;
  for await (const key of listAll(site, keys.pagePrefix(jobId))) await site.remove(key);
  await withdrawComparison(service, jobId);
}

async function writeIndex(service: Service, renderer: Renderer): Promise<void> {
  const { keys: newest } = await service.data.list(keys.publishedPrefix, { limit: INDEX_ROWS });
  const entries = await Promise.all(newest.map((key) => readObject(service.data, key, IndexEntry)));
  const shown = entries.filter((entry) => entry !== null);
  await write(service, await renderer.renderIndex(shown, service.config.publicUrl), (file) => file);
}
