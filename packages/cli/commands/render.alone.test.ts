import { keys } from "@brimline/store/keys";
import { printed } from "@brimline/testkit/cli/printed";
import { hashesOf } from "@brimline/testkit/functions/hashes";
import { published, unpublished } from "@brimline/testkit/functions/reported";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CommandError, UsageError } from "../error.ts";
import { run } from "./render.ts";
import { run as report } from "./report.ts";

// It is alone because the site's renderer stays in the memory of its process.
const JOB = "r".repeat(20);
const folder = await mkdtemp(join(tmpdir(), "brimline-rendered-"));
afterAll(() => rm(folder, { recursive: true }));

const flagsOf = (publicUrl: string, data = folder): Parameters<typeof run>[1] => ({ data, publicUrl });

test("every file that a template made is rendered again, and nothing that was measured is written", async () => {
  const service = await published(folder, JOB);
  const { data, site, config } = service;
  const [shown, stored] = [await hashesOf(site), await hashesOf(data)];
  const isOnce = (key: string): boolean => key === keys.page(JOB, "report.json") || key.startsWith("_astro/");
  const made = Object.keys(shown).filter((key) => !isOnce(key));
  expect(made).toEqual(
    expect.arrayContaining(
      ["index.html", "report.html", "report.md", "levels.csv", "badge.svg", "preview.png"].map((file) =>
        keys.page(JOB, file),
      ),
    ),
  );
  expect(made).toEqual(
    expect.arrayContaining(["index.html", "by/index.html", "feed.xml", "method/index.html"]),
  );
  for (const key of made) await site.put(key, "as an older template had it");

  const ran = await printed(run([], flagsOf(config.publicUrl)));
  expect(ran.code).toBe(0);
  expect(ran.out).toContain(`1 of 1: ${JOB} is rendered\n`);
  expect(ran.out).toMatch(/^1 rendered, 0 private, 0 running, 0 unreadable; \d+ lists rendered$/m);
  expect([await hashesOf(site), await hashesOf(data)]).toEqual([shown, stored]);
  expect(await run([JOB], flagsOf(config.publicUrl))).toBe(0);
  expect([await hashesOf(site), await hashesOf(data)]).toEqual([shown, stored]);

  await data.put(keys.report(JOB), '{"schema":"brimline.report/0"}');
  const left = await printed(run([], flagsOf(config.publicUrl)));
  expect([left.code, left.out]).toEqual([
    1,
    expect.stringContaining(`${JOB} cannot be read by this version, and stays as it is`),
  ]);
  expect(await hashesOf(site)).toEqual(shown);
});

test("a job without a report, a folder without one and no id are said, and nothing is rendered", async () => {
  const at = "http://127.0.0.1:1";
  await expect(run(["x".repeat(20)], flagsOf(at))).rejects.toThrow(CommandError);
  await expect(run([], flagsOf(at, join(folder, "nothing")))).rejects.toThrow("has no report");
  await expect(run(["../job"], flagsOf(at))).rejects.toThrow(UsageError);
});

test("a report whose page could not be made says so, and a later render makes it", async () => {
  const data = join(folder, "full");
  await unpublished(data, JOB);
  const before = await printed(report(JOB, { data, keyEnv: "BRIMLINE_KEY" }));
  expect(before.out).not.toContain("Page ");
  expect(before.err).toContain(`npx brimline render ${JOB} --data ${data}`);
  expect((await printed(run([JOB], flagsOf("http://127.0.0.1:1", data)))).out).toContain("is rendered");
  const after = await printed(report(JOB, { data, keyEnv: "BRIMLINE_KEY" }));
  expect(after.out).toContain("Page ");
  expect(after.err).toBe("");
});
