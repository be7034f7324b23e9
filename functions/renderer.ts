import type { IndexEntry } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** One file of a page. `report`: below the report's own folder; `asset`: from the root of the site. */
export interface PageFile {
  path: string;
  body: Uint8Array | string;
  contentType: string;
  scope: "report" | "asset";
}

/** The built site as a library. */
export interface Renderer {
  renderReport(report: Report): Promise<PageFile[]>;
  renderIndex(entries: IndexEntry[]): Promise<PageFile[]>;
}

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL("../site/build.ts", import.meta.url));
const ENTRY = fileURLToPath(new URL("../site/dist/server/entry.mjs", import.meta.url));
const BUILD_TIMEOUT_MS = 180_000;

/** The site's renderer, built first where it is missing or older than its sources. */
export async function loadRenderer(): Promise<Renderer> {
  // A process of its own: a bundler in this one would stay in its memory.
  await run(process.execPath, [BUILD], {
    timeout: BUILD_TIMEOUT_MS,
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return builtRenderer(ENTRY);
}

/** The renderer as it was built, where nothing can be built any more. `entry` is its file. */
export async function builtRenderer(entry: string): Promise<Renderer> {
  // A newer build in a process that lives on is another module.
  const { mtimeMs } = await stat(entry);
  const module: unknown = await import(`${pathToFileURL(entry).href}?${mtimeMs}`);
  if (!isRenderer(module)) throw new Error(`${entry} is no renderer`);
  return module;
}

const isRenderer = (module: unknown): module is Renderer =>
  typeof module === "object" && module !== null && "renderReport" in module && "renderIndex" in module;
