import { printed } from "@brimline/testkit/cli/printed";
import { comparedJobs } from "@brimline/testkit/functions/compared-jobs";
import { served } from "@brimline/testkit/functions/served";
import { testbed } from "@brimline/testkit/functions/testbed";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "./compare.ts";

test(
  "--html writes the page of the comparison, which needs no other file and links no page that is not there",
  { timeout: 180_000 },
  async () => {
    const bed = await testbed();
    const { a, b } = await comparedJobs(bed, "single");
    const folder = await mkdtemp(join(tmpdir(), "brimline-compared-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const html = join(folder, "comparison.html");
    const flags = { server: await served(bed), data: "/nowhere", keyEnv: "BRIMLINE_KEY" };
    const { code, out } = await printed(run(a, b, { ...flags, html }));
    expect([code, out]).toEqual([1, expect.stringContaining("is worse")]);
    const page = await readFile(html, "utf8");
    expect(page).toMatch(/<h1[^>]*>Worse <span>than the baseline/);
    expect(page).toContain(b);
    const links = [...page.matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links.filter((link) => !/^(#|data:(image|font))/.test(link))).toEqual([]);
    await expect(run(a, b, { ...flags, html: join(folder, "no", "x.html") })).rejects.toThrow("cannot write");
  },
);
