import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isFresh } from "./build.ts";

const run = promisify(execFile);
const site = import.meta.dirname;
let folder = "";
let built = "";
const build = () => run(process.execPath, [join(site, "build.ts"), built]);
const builtMs = async (): Promise<number> => (await stat(join(built, "server/entry.mjs"))).mtimeMs;

beforeAll(async () => {
  await mkdir(join(site, ".astro"), { recursive: true });
  folder = await mkdtemp(join(site, ".astro", "test-build-"));
  built = join(folder, "dist");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("two builds at once make one whole renderer, print nothing and leave nothing beside it", async () => {
  const outputs = await Promise.all([build(), build()]);
  expect(outputs.map(({ stdout, stderr }) => stdout + stderr)).toEqual(["", ""]);
  expect(await readdir(folder)).toEqual([".astro", "dist"]);
  expect(await readdir(join(folder, ".astro"))).toEqual(["build-lock"]);
  expect(await readdir(built)).toEqual(["client", "server"]);
});

test("a fresh renderer is kept, and one older than its sources is stale", async () => {
  const before = await builtMs();
  await build();
  expect(await builtMs()).toBe(before);
  expect(await isFresh(built)).toBe(true);
  await utimes(join(built, "server/entry.mjs"), new Date(0), new Date(0));
  expect(await isFresh(built)).toBe(false);
});
