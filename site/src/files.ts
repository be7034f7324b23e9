import type { Comparison } from "@brimline/core/compare/schema";
import { chartPaths, chartsOf } from "@brimline/core/report/shown/charts";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/shown/csv";
import { JOB_FILE, jobAgain } from "@brimline/core/report/again";
import { markdownReport, REPORT_MD } from "@brimline/core/report/shown/markdown";
import type { Report } from "@brimline/core/report/schema";
import { serialise } from "@brimline/core/report/serialise";
import { BADGE, badge } from "./badge.ts";
import { chartFiles } from "./charts/charts.ts";
import { curves } from "./charts/compared.ts";
import { asFiles } from "./charts/drawable.ts";
import { png } from "./charts/png.ts";
import { preview, PREVIEW, PREVIEW_PX } from "./preview.ts";

/** Two reports and what the second is beside the first. */
export interface Compared {
  comparison: Comparison;
  a: Report;
  b: Report;
}

/**
 * One file to publish. `path` is relative to the folder of the page with scope "page" (`r/<id>/` of a report, `c/<id>/` of
 * a comparison), and to the root of the site with scope "asset".
 */
export interface PageFile {
  path: string;
  body: string | Uint8Array;
  contentType: string;
  scope: "page" | "asset";
}

/**
 * The files beside a report's page: its data, the job to run it again, its charts as SVG and specification, and the
 * pictures as PNG. `publicUrl` is the address of the site, where it is known.
 */
export async function reportFiles(report: Report, publicUrl: string | null): Promise<PageFile[]> {
  const pageUrl = publicUrl === null ? null : `${publicUrl}/r/${report.id}/`;
  const job = `${JSON.stringify(jobAgain(report), null, 2)}\n`;
  const files: PageFile[] = [
    { path: "report.json", body: serialise(report), contentType: "application/json", scope: "page" },
    { path: LEVELS_CSV, body: levelsCsv(report), contentType: "text/csv; charset=utf-8", scope: "page" },
    {
      path: REPORT_MD,
      body: markdownReport(report, pageUrl),
      contentType: "text/markdown; charset=utf-8",
      scope: "page",
    },
    { path: BADGE, body: badge(report), contentType: "image/svg+xml", scope: "page" },
    { path: JOB_FILE, body: job, contentType: "application/json", scope: "page" },
  ];
  const add = (path: string, body: Uint8Array | null): void => {
    if (body !== null) files.push({ path, body, contentType: "image/png", scope: "page" });
  };
  add(PREVIEW, picture(report, PREVIEW, await preview(report), PREVIEW_PX.width));
  for (const chart of chartsOf(report)) {
    const { svg, spec } = await chartFiles(report, chart);
    const paths = chartPaths(chart);
    files.push({ path: paths.svg, body: svg, contentType: "image/svg+xml", scope: "page" });
    files.push({ path: paths.spec, body: spec, contentType: "application/json", scope: "page" });
    if (paths.png !== null) add(paths.png, picture(report, paths.png, svg));
  }
  return files;
}

/** An SVG as PNG. What its maker refuses costs this picture alone, and not the page. */
function picture({ id }: Report, path: string, svg: string, widthPx?: number): Uint8Array | null {
  try {
    return png(svg, widthPx);
  } catch (error) {
    console.warn(`the report ${id} has no ${path}:`, error);
    return null;
  }
}

/** The files beside the page of a comparison: its data, and the curves if there are any. */
export async function comparisonFiles({ comparison, a, b }: Compared): Promise<PageFile[]> {
  const files: PageFile[] = [
    {
      path: "comparison.json",
      body: `${JSON.stringify(comparison, null, 1)}\n`,
      contentType: "application/json",
      scope: "page",
    },
  ];
  const chart = curves(a, b);
  if (chart === null) return files;
  const { svg, spec } = await asFiles(chart);
  files.push({ path: `${chart.name}.svg`, body: svg, contentType: "image/svg+xml", scope: "page" });
  files.push({ path: `${chart.name}.vl.json`, body: spec, contentType: "application/json", scope: "page" });
  return files;
}
