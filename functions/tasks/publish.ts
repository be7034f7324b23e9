import { byLoad } from "@brimline/core/report/by-load";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/csv";
import { IndexEntry, indexEntry } from "@brimline/core/report/entry";
import { markdownReport, REPORT_MD } from "@brimline/core/report/markdown";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { listAll, type WriteOptions } from "@brimline/store/store";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import { isTombstone, type ListingObject, listingOf, readListing } from "../objects/listing.ts";
import { specOf } from "../objects/spec.ts";
import { putObject, readObject } from "../objects/object.ts";
import { setPage } from "../objects/status.ts";
import { type PageFile, type Renderer, loadRenderer } from "../renderer.ts";
import type { Service } from "../service.ts";

export const PublishInput = z.object({
  jobId: z.string(),
  /** The job has ended, and how it is listed has changed since. */
  relist: z.boolean().default(false),
});

export interface PublishResult {
  hasPage: boolean;
}

/** The largest number of rows in the public index. */
const INDEX_ROWS = 500;

/**
 * Writes the page of a job's report and its files to the site, and renders the index anew when the report is
 * public. A private report has no page. It throws when the page cannot be rendered; the report and its table
 * are published by then.
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
  return { hasPage: placed.hasPage };
}

/**
 * Brings page and index in line with how an ended job is listed now. A job that was deleted has none. When the
 * listing changes meanwhile it begins anew, so that the last change stands; then it removes the job's mark.
 */
async function republish(service: Service, jobId: string, load: typeof loadRenderer): Promise<PublishResult> {
  for (;;) {
    const listing = await readListing(service, jobId);
    const { hasPage } = await place(service, jobId, listing, load);
    await writeIndex(service, await load());
    if (!isTombstone(listing)) await setPage(service, jobId, hasPage);
    if (!isDeepStrictEqual(await readListing(service, jobId), listing)) continue;
    await service.data.remove(keys.relist(jobId));
    return { hasPage };
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
): Promise<{ report: Report | null; hasPage: boolean; isPublic: boolean }> {
  if (isTombstone(changed)) {
    await withdraw(service, jobId);
    await service.data.remove(keys.published(Date.parse(changed.createdAt), jobId));
    return { report: null, hasPage: false, isPublic: false };
  }
  const { name, tags, visibility } = listingOf(await specOf(service, jobId), changed);
  const object = await service.data.get(keys.report(jobId));
  if (object === null) return { report: null, hasPage: false, isPublic: false };
  const report = Report.parse(JSON.parse(object.body.toString("utf8")));
  const listed = { ...report, name, tags };
  const row = keys.published(Date.parse(report.createdAt), jobId);
  if (visibility !== "public") await service.data.remove(row);
  if (visibility === "private") {
    await withdraw(service, jobId);
    return { report, hasPage: false, isPublic: false };
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
  await write(service, await renderer.renderReport(byLoad(listed), service.config.publicUrl), (file) =>
    keys.page(jobId, file),
  );
  if (visibility === "public") await putObject(service.data, row, indexEntry(listed));
  return { report, hasPage: true, isPublic: visibility === "public" };
}

/** Takes the page and all its files from the site. */
async function withdraw({ site }: Service, jobId: string): Promise<void> {
  for await (const key of listAll(site, keys.pagePrefix(jobId))) await site.remove(key);
}

async function writeIndex(service: Service, renderer: Renderer): Promise<void> {
  const { keys: newest } = await service.data.list(keys.publishedPrefix, { limit: INDEX_ROWS });
  const entries = await Promise.all(newest.map((key) => readObject(service.data, key, IndexEntry)));
  const shown = entries.filter((entry) => entry !== null);
  await write(service, await renderer.renderIndex(shown, service.config.publicUrl), (file) => file);
}

/**
 * Writes every file once, except HTML, which a newer template may render anew. HTML comes last, when
 * everything it names exists.
 */
async function write(service: Service, files: PageFile[], keyOf: (file: string) => string): Promise<void> {
  const isHtml = (file: PageFile): boolean => file.path.endsWith(".html");
  const placeOf = (file: PageFile): string => (file.scope === "asset" ? file.path : keyOf(file.path));
  const optionsOf = (file: PageFile): WriteOptions => ({
    contentType: file.contentType,
    cacheControl: file.scope === "asset" && !isHtml(file) ? FOR_EVER : ASK_ALWAYS,
  });
  await Promise.all(
    files
      .filter((file) => !isHtml(file))
      .map((file) => service.site.create(placeOf(file), file.body, optionsOf(file))),
  );
  for (const file of files.filter(isHtml)) await service.site.put(placeOf(file), file.body, optionsOf(file));
}
