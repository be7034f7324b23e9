import type { IndexEntry } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
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
const root = fileURLToPath(new URL("..", import.meta.url));
const SITE = join(root, "site");
const BUILT = join(SITE, "dist");
const ENTRY = join(BUILT, "server", "entry.mjs");
/** What the build is made of: the pages, and core, which is bundled into them. */
const SOURCES = [join(SITE, "src"), join(SITE, "astro.config.ts"), join(SITE, "adapter.ts"), join(root, "packages", "core")];
const BUILD_TIMEOUT_MS = 180_000;

/** The site's renderer, built first where it is missing or older than its sources. */
export async function loadRenderer(): Promise<Renderer> {
  if ((await newest([ENTRY])) <= (await newest(SOURCES))) await build();
  const builtMs = await newest([ENTRY]);
  // A newer build in a process that lives on is another module.
  const module: unknown = await import(`${pathToFileURL(ENTRY).href}?${builtMs}`);
  if (!isRenderer(module)) throw new Error(`${ENTRY} is no renderer`);
  return module;
}

/** Builds beside the old one and then takes its place, so that whoever renders meanwhile finds a whole one. */
async function build(): Promise<void> {
  const aside = join(SITE, ".astro", `build-${process.pid}`);
  const old = join(SITE, ".astro", `old-${process.pid}`);
  const astro = join(dirname(createRequire(join(SITE, "package.json")).resolve("astro/package.json")), "bin", "astro.mjs");
  try {
    await run(process.execPath, [astro, "build", "--root", SITE], {
      cwd: SITE,
      timeout: BUILD_TIMEOUT_MS,
      env: { ...process.env, NODE_OPTIONS: "", ASTRO_TELEMETRY_DISABLED: "1", BRIMLINE_SITE_OUT: aside },
    });
    await mkdir(dirname(old), { recursive: true });
    await rename(BUILT, old).catch(unlessMissing);
    await rename(aside, BUILT);
  } finally {
    await Promise.all([aside, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** When the newest file below these paths was changed, Unix ms; 0 where there is none. */
async function newest(paths: string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const info = await stat(path).catch(unlessMissing);
      if (info === undefined) return 0;
      if (!info.isDirectory()) return path.endsWith(".test.ts") ? 0 : info.mtimeMs;
      return newest((await readdir(path)).filter((name) => name !== "node_modules").map((name) => join(path, name)));
    }),
  );
  return Math.max(0, ...times);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

const isRenderer = (module: unknown): module is Renderer =>
  typeof module === "object" && module !== null && "renderReport" in module && "renderIndex" in module;
