import { chartPaths, chartsOf } from "@brimline/core/report/charts";
import { LEVELS_CSV, levelsCsv } from "@brimline/core/report/csv";
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
 * The files beside a report's page: its data, its charts as SVG and specification, and the pictures as PNG.
 */
export async function reportFiles(report: Report): Promise<PageFile[]> {
  const files: PageFile[] = [
    { path: "report.json", body: serialise(report), contentType: "application/json", scope: "report" },
    { path: LEVELS_CSV, body: levelsCsv(report), contentType: "text/csv; charset=utf-8", scope: "report" },
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
