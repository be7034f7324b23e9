import { levelsCsv } from "@brimline/core/report/csv";
import { IndexEntry, indexEntry } from "@brimline/core/report/entry";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { specOf } from "../job/spec.ts";
import { putObject, readObject } from "../objects.ts";
import type { PageFile, Renderer } from "../renderer.ts";
import { loadRenderer } from "../renderer.ts";
import type { Service } from "../service.ts";

export const PublishInput = z.object({ jobId: z.string() });

export interface PublishResult {
  hasPage: boolean;
}

/** Rows of the public list. */
const INDEX_ROWS = 500;

/**
 * Writes the page of a job's report and its files to the site, and the public list anew when the report is public. A private report
 * has no page. Throws where the page cannot be rendered; by then the report and its table are published.
 */
export async function publishStep(service: Service, { jobId }: z.infer<typeof PublishInput>): Promise<PublishResult> {
  const stored = await specOf(service, jobId);
  if (stored.spec.visibility === "private") return { hasPage: false };
  const object = await service.data.get(keys.report(jobId));
  if (object === null) throw new Error(`${keys.report(jobId)} is missing`);
  const report = Report.parse(JSON.parse(object.body.toString("utf8")));
  await service.site.create(keys.page(jobId, "report.json"), object.body, { contentType: "application/json" });
  await service.site.create(keys.page(jobId, report.links.levelsCsv), levelsCsv(report), { contentType: "text/csv; charset=utf-8" });
  const renderer = await loadRenderer();
  await write(service, await renderer.renderReport(report), (file) => keys.page(jobId, file));
  if (stored.spec.visibility === "public") await list(service, renderer, report);
  return { hasPage: true };
}

async function list(service: Service, renderer: Renderer, report: Report): Promise<void> {
  await putObject(service.data, keys.published(Date.parse(report.createdAt), report.id), indexEntry(report));
  const { keys: newest } = await service.data.list(keys.publishedPrefix, { limit: INDEX_ROWS });
  const entries = await Promise.all(newest.map((key) => readObject(service.data, key, IndexEntry)));
  await write(service, await renderer.renderIndex(entries.filter((entry) => entry !== null)), (file) => file);
}

/** Everything is written once but HTML, which a newer template may render anew. The page comes last, when all it names is there. */
async function write(service: Service, files: PageFile[], keyOf: (file: string) => string): Promise<void> {
  const isHtml = (file: PageFile): boolean => file.path.endsWith(".html");
  await Promise.all(
    files
      .filter((file) => !isHtml(file))
      .map((file) => service.site.create(file.scope === "asset" ? file.path : keyOf(file.path), file.body, { contentType: file.contentType })),
  );
  for (const file of files.filter(isHtml))
    await service.site.put(file.scope === "asset" ? file.path : keyOf(file.path), file.body, { contentType: file.contentType });
}
