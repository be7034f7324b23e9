import type { Comparison } from "@brimline/core/compare/schema";
import type { Report } from "@brimline/core/report/schema";
import type { Trend } from "@brimline/core/trend/schema";
import type { ShelfLine, ShelfPage } from "@brimline/core/report/shelf";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/**
 * One file of a page. With scope `page` its path is relative to the page's folder, with `asset` to the root
 * of the site.
 */
export interface PageFile {
  path: string;
  body: Uint8Array | string;
  contentType: string;
  scope: "page" | "asset";
}

/** The built site as a library. */
export interface Renderer {
  /** `publicUrl` is the address of the site, which previews of links need. `comparison` is that with the job's baseline. */
  renderReport(report: Report, publicUrl: string, comparison: Comparison | null): Promise<PageFile[]>;
  renderComparison(
    comparison: Comparison,
    a: Report,
    b: Report,
    publicUrl: string | null,
  ): Promise<PageFile[]>;
  /** The page of a trend, which lies at `path`. */
  renderTrend(trend: Trend, path: string, publicUrl: string): Promise<PageFile[]>;
  /** The pages that are the same whatever was measured: the one that compares two reports, and the method. */
  renderSite(publicUrl: string): Promise<PageFile[]>;
  /** Pages of shelves, and what lies beside them: the list of all `shelves`, and feeds. */
  renderLists(lists: { pages: ShelfPage[]; shelves: ShelfLine[] }, publicUrl: string): Promise<PageFile[]>;
}

const run = promisify(execFile);
const BUILD = new URL("../site/build.ts", import.meta.url);
const ENTRY = fileURLToPath(new URL("../site/dist/server/entry.mjs", import.meta.url));
const BUILD_TIMEOUT_MS = 180_000;

/**
 * The site's renderer. It is built first when it is missing or older than its sources. The npm package has the built
 * one and no sources.
 */
export async function loadRenderer(): Promise<Renderer> {
  if (!existsSync(BUILD)) return builtRenderer(ENTRY);
  const { isFresh }: { isFresh: () => Promise<boolean> } = await import(BUILD.href);
  // The build runs in a process of its own, because a bundler would stay in the memory of this one.
  if (!(await isFresh()))
    await run(process.execPath, [fileURLToPath(BUILD)], {
      timeout: BUILD_TIMEOUT_MS,
      env: { ...process.env, NODE_OPTIONS: "" },
    });
  return builtRenderer(ENTRY);
}

/** The renderer in the file `entry`, as it was built. */
export async function builtRenderer(entry: string): Promise<Renderer> {
  // Node keeps modules by their URL, so a newer build needs another one.
  const { mtimeMs } = await stat(entry);
  const module: unknown = await import(`${pathToFileURL(entry).href}?${mtimeMs}`);
  if (!isRenderer(module)) throw new Error(`${entry} is no renderer`);
  return module;
}

const isRenderer = (module: unknown): module is Renderer =>
  typeof module === "object" &&
  module !== null &&
  ["renderReport", "renderComparison", "renderTrend", "renderSite", "renderLists"].every(
    (name) => name in module,
  );
