import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp } from "astro/app/entrypoint";
import type { Comparison } from "@brimline/core/compare/schema";
import { byLoad } from "@brimline/core/report/shown/by-load";
import type { Report } from "@brimline/core/report/schema";
import { pagePath, type ShelfLine, type ShelfPage } from "@brimline/core/report/shelf";
import type { Trend } from "@brimline/core/trend/schema";
import { typeOf } from "./asset-types.ts";
import { comparisonFiles, type PageFile, reportFiles } from "./files.ts";
import { feedFiles } from "./feeds.ts";
import { COMPARISON_FILE, SINGLE_FILE, singleFile } from "./single-file.ts";

/**
 * The renderer as a library, built into `site/dist/server/entry.mjs`. Its functions read nothing but the
 * build's own assets, so the same input gives the same bytes. Files of scope "asset" under `_astro/` are
 * named by their hash and never change.
 */
const app = createApp({ streaming: false });

/**
 * The files of a published report: `index.html`, its data and charts (scope "page"), the page as one file, and the assets that
 * its page links (scope "asset"). `comparison` is that with the job's baseline, if it has a page.
 */
export async function renderReport(
  report: Report,
  publicUrl: string | null = null,
  comparison: Comparison | null = null,
): Promise<PageFile[]> {
  const at = `/r/${report.id}/`;
  const html = await page(at, { report, publicUrl, comparison });
  const others = [...(await reportFiles(report, publicUrl)), ...(await assets())];
  const single = singleFile(html, at, others, publicUrl);
  return [
    { path: "index.html", body: html, contentType: HTML, scope: "page" },
    { path: SINGLE_FILE, body: single, contentType: HTML, scope: "page" },
    ...others,
  ];
}

/** The files of the page of a comparison: `a` is the baseline, and the page lies below the id of `b`. */
export async function renderComparison(
  comparison: Comparison,
  a: Report,
  b: Report,
  publicUrl: string | null = null,
): Promise<PageFile[]> {
  const compared = { comparison, a: byLoad(a), b: byLoad(b) };
  const at = `/c/${b.id}/`;
  const html = await page(at, { compared, publicUrl });
  const others = [...(await comparisonFiles(compared)), ...(await assets())];
  const single = singleFile(html, at, others, publicUrl);
  return [
    { path: "index.html", body: html, contentType: HTML, scope: "page" },
    { path: COMPARISON_FILE, body: single, contentType: HTML, scope: "page" },
    ...others,
  ];
}

/**
 * The pages that are the same whatever was measured: the one that compares two reports, and the method. They and their
 * assets are of scope "asset".
 */
export async function renderSite(publicUrl: string | null = null): Promise<PageFile[]> {
  const pages = ["compare/", "method/"].map((path) => sitePage(path, { publicUrl }));
  return [...(await Promise.all(pages)), ...(await assets())];
}

/**
 * Pages of shelves, and what lies beside them: the list of all shelves, and feeds where the address of the site is known.
 * They and their assets are of scope "asset".
 */
export async function renderLists(
  { pages, shelves }: { pages: ShelfPage[]; shelves: ShelfLine[] },
  publicUrl: string | null = null,
): Promise<PageFile[]> {
  const files: PageFile[] = [];
  for (const list of pages) files.push(await sitePage(pagePath(list), { list, shelves, publicUrl }));
  files.push(await sitePage("by/", { shelves, publicUrl }));
  const feeds = publicUrl === null ? [] : feedFiles(pages, publicUrl);
  return [...files, ...feeds, ...(await assets())];
}

/** The page of a trend, which lies at this path of the site. It and its assets are of scope "asset". */
export async function renderTrend(
  trend: Trend,
  path: string,
  publicUrl: string | null = null,
): Promise<PageFile[]> {
  return [await sitePage(path, { trend, publicUrl }), ...(await assets())];
}

/** The page at this path of the site. */
async function sitePage(path: string, locals: App.Locals): Promise<PageFile> {
  const body = await page(`/${path}`, locals);
  return { path: `${path}index.html`, body, contentType: HTML, scope: "asset" };
}

const HTML = "text/html; charset=utf-8";
/** The origin of the requests. It names no host, because pages have relative links only. */
const ORIGIN = "https://page.invalid";

async function page(path: string, locals: App.Locals): Promise<string> {
  const response = await app.render(new Request(`${ORIGIN}${path}`), { locals });
  if (!response.ok) throw new Error(`the page ${path} could not be rendered (${response.status})`);
  return response.text();
}

async function assets(): Promise<PageFile[]> {
  const folder = join(import.meta.dirname, "../client/_astro");
  const names = (await readdir(folder)).toSorted();
  return Promise.all(
    names.map(async (name): Promise<PageFile> => {
      const contentType = typeOf(name);
      if (contentType === null)
        throw new Error(`no content type for the asset ${name}: add it to asset-types.ts`);
      return {
        path: `_astro/${name}`,
        body: await readFile(join(folder, name)),
        contentType,
        scope: "asset",
      };
    }),
  );
}
