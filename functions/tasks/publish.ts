import { byLoad } from "@brimline/core/report/by-load";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/csv";
import { IndexEntry, indexEntry } from "@brimline/core/report/entry";
import { markdownReport, REPORT_MD } from "@brimline/core/report/markdown";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import type { WriteOptions } from "@brimline/store/store";
import { z } from "zod";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import { specOf } from "../objects/spec.ts";
import { putObject, readObject } from "../objects/object.ts";
import { type PageFile, type Renderer, loadRenderer } from "../renderer.ts";
import type { Service } from "../service.ts";

export const PublishInput = z.object({ jobId: z.string() });

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
  { jobId }: z.infer<typeof PublishInput>,
  load = loadRenderer,
): Promise<PublishResult> {
  const stored = await specOf(service, jobId);
  if (stored.spec.visibility === "private") return { hasPage: false };
  const object = await service.data.get(keys.report(jobId));
  if (object === null) throw new Error(`${keys.report(jobId)} is missing`);
  const report = Report.parse(JSON.parse(object.body.toString("utf8")));
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
  await write(service, await renderer.renderReport(byLoad(report), service.config.publicUrl), (file) =>
    keys.page(jobId, file),
  );
  if (stored.spec.visibility === "public") await list(service, renderer, report);
  return { hasPage: true };
}

async function list(service: Service, renderer: Renderer, report: Report): Promise<void> {
  await putObject(service.data, keys.published(Date.parse(report.createdAt), report.id), indexEntry(report));
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
