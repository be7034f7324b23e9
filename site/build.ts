import { BrimlineError } from "@brimline/core/error";
import { type Lock, takeLock } from "@brimline/lock/lock";
import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/**
 * `node site/build.ts [folder]` builds the renderer into `site/dist` (or the folder) when its entry
 * `server/entry.mjs` is missing or older than its sources. It prints nothing and exits with 0 when the
 * renderer is there. The new build is made in another folder and then replaces the old one. When two builds
 * start at once, the second waits and finds the renderer built.
 */
const site = import.meta.dirname;
const DIST = join(site, "dist");
const SOURCES = [
  "src",
  "adapter.ts",
  "one-file.ts",
  "script-asset.ts",
  "astro.config.ts",
  "package.json",
  "../packages/core",
].map((path) => join(site, path));
/** The entry's path in the folder of a build. */
const ENTRY = "server/entry.mjs";
const WAIT_MS = 100;
const GIVE_UP_MS = 180_000;

/** Builds the renderer when it is stale, and answers whether it was. */
export async function buildWhenStale(built = DIST): Promise<boolean> {
  if (await isFresh(built)) return false;
  const work = join(dirname(built), ".astro");
  const lock = await turnIn(work);
  try {
    if (await isFresh(built)) return false;
    await build(built, work);
    return true;
  } finally {
    lock.release();
  }
}

/** Whether the renderer in this folder is there and newer than its sources. */
export const isFresh = async (built = DIST): Promise<boolean> =>
  (await newest([join(built, ENTRY)])) > (await newest(SOURCES));

async function build(built: string, work: string): Promise<void> {
  process.env["ASTRO_TELEMETRY_DISABLED"] = "1";
  // Astro makes a new key for each build, with which it would seal what server islands are given. No page has one.
  process.env["ASTRO_KEY"] ??= Buffer.alloc(32).toString("base64");
  const aside = join(work, `build-${process.pid}`);
  const old = join(work, `old-${process.pid}`);
  process.env["BRIMLINE_SITE_OUT"] = aside;
  const started = new Date();
  const astro = await import("astro");
  try {
    await astro.build({ root: site, logLevel: "error" });
    // The entry gets the time at which the build began, so that a source that was edited meanwhile is newer.
    await utimes(join(aside, ENTRY), started, started);
    await rename(built, old).catch(unlessMissing);
    await rename(aside, built);
  } finally {
    await Promise.all([aside, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** Waits until no other build holds the folder. */
async function turnIn(work: string): Promise<Lock> {
  for (const giveUpAt = Date.now() + GIVE_UP_MS; ; await sleep(WAIT_MS)) {
    try {
      return takeLock(work, "build", "Wait for it, or end it.");
    } catch (error) {
      if (!(error instanceof BrimlineError) || Date.now() > giveUpAt) throw error;
    }
  }
}

/** When the newest file below these paths was changed, Unix ms. It is 0 when there is no file. */
async function newest(paths: string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const info = await stat(path).catch(unlessMissing);
      if (info === undefined || path.endsWith(".test.ts")) return 0;
      if (!info.isDirectory()) return info.mtimeMs;
      const names = (await readdir(path)).filter((name) => name !== "node_modules");
      return newest(names.map((name) => join(path, name)));
    }),
  );
  return Math.max(0, ...times);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await buildWhenStale(process.argv[2]);
