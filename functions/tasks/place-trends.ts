import { pagePath, type ShelfPage } from "@brimline/core/report/shelf";
import type { Trend } from "@brimline/core/trend/schema";
import type { Listing } from "../objects/listing.ts";
import { TREND_JOBS, trendOfJobs } from "../objects/trend.ts";
import type { Renderer } from "../renderer.ts";
import type { Service } from "../service.ts";
import { write } from "./site-files.ts";

/** Fewer like jobs are no trend. */
const JOBS_LEAST = 2;

const isPublic = ({ visibility }: Listing): boolean => visibility === "public";

/** The trends of public reports on the newest pages of these tags, by the path of the shelf. */
export async function trendsOf(service: Service, pages: ShelfPage[]): Promise<Map<string, Trend>> {
  const found = new Map<string, Trend>();
  for (const { shelf, rows, number } of pages) {
    if (shelf.kind !== "tag" || number !== null || rows.length < JOBS_LEAST) continue;
    const ids = rows.slice(0, TREND_JOBS).map(({ id }) => id);
    const trend = await trendOfJobs(service, shelf.value, ids, null, isPublic);
    if (trend !== null && trend.jobs.length >= JOBS_LEAST) found.set(shelf.path, trend);
  }
  return found;
}

/** Writes the page of each of these trends, and takes away those of tags that have none any more. */
export async function placeTrends(
  service: Service,
  renderer: Renderer,
  { pages, gone }: { pages: ShelfPage[]; gone: string[] },
  trends: Map<string, Trend>,
): Promise<void> {
  for (const page of pages) {
    if (page.shelf.kind !== "tag" || page.number !== null) continue;
    const path = `${pagePath(page)}trend/`;
    const trend = trends.get(page.shelf.path);
    if (trend === undefined) await service.site.remove(`${path}index.html`);
    else
      await write(service, await renderer.renderTrend(trend, path, service.config.publicUrl), (file) => file);
  }
  for (const path of gone) await service.site.remove(`${path}trend/index.html`);
}
