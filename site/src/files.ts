import { chartsOf } from "@brimline/core/report/charts";
import { levelsCsv } from "@brimline/core/report/csv";
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
    { path: "levels.csv", body: levelsCsv(report), contentType: "text/csv; charset=utf-8", scope: "report" },
  ];
  for (const chart of chartsOf(report)) {
    const { svg, spec } = await chartFiles(report, chart);
    files.push({ path: `${chart}.svg`, body: svg, contentType: "image/svg+xml", scope: "report" });
    files.push({ path: `${chart}.vl.json`, body: spec, contentType: "application/json", scope: "report" });
    if ((report.links.charts[chart]?.png ?? null) !== null)
      files.push({ path: `${chart}.png`, body: png(svg), contentType: "image/png", scope: "report" });
  }
  return files;
}
