import { chartPaths, chartsOf } from "@brimline/core/report/charts";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/csv";
import { JOB_FILE, jobAgain } from "@brimline/core/report/again";
import { markdownReport, REPORT_MD } from "@brimline/core/report/markdown";
import type { Report } from "@brimline/core/report/schema";
import { serialise } from "@brimline/core/report/serialise";
import { chartFiles } from "./charts/charts.ts";
import { png } from "./charts/png.ts";

/**
 * One file to publish. `path` is relative to `r/<id>/` with scope "report", and to the root of the site with
 * scope "asset".
 */
export interface PageFile {
  path: string;
  body: string | Uint8Array;
  contentType: string;
  scope: "report" | "asset";
}

/**
 * The files beside a report's page: its data, the job to run it again, its charts as SVG and specification, and the
 * pictures as PNG. `publicUrl` is the address of the site, where it is known.
 */
export async function reportFiles(report: Report, publicUrl: string | null): Promise<PageFile[]> {
  const pageUrl = publicUrl === null ? null : `${publicUrl}/r/${report.id}/`;
  const job = `${JSON.stringify(jobAgain(report), null, 2)}\n`;
  const files: PageFile[] = [
    { path: "report.json", body: serialise(report), contentType: "application/json", scope: "report" },
    { path: LEVELS_CSV, body: levelsCsv(report), contentType: "text/csv; charset=utf-8", scope: "report" },
    {
      path: REPORT_MD,
      body: markdownReport(report, pageUrl),
      contentType: "text/markdown; charset=utf-8",
      scope: "report",
    },
    { path: JOB_FILE, body: job, contentType: "application/json", scope: "report" },
  ];
  for (const chart of chartsOf(report)) {
    const { svg, spec } = await chartFiles(report, chart);
    const paths = chartPaths(chart);
    files.push({ path: paths.svg, body: svg, contentType: "image/svg+xml", scope: "report" });
    files.push({ path: paths.spec, body: spec, contentType: "application/json", scope: "report" });
    if (paths.png !== null)
      files.push({ path: paths.png, body: png(svg), contentType: "image/png", scope: "report" });
  }
  return files;
}
