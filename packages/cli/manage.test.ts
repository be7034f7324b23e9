import type { Job } from "@brimline/core/job/state/job";
import { printed } from "@brimline/testkit/cli/printed";
import { endedJob } from "@brimline/testkit/functions/listed";
import { served } from "@brimline/testkit/functions/served";
import { JOB, testbed } from "@brimline/testkit/functions/testbed";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { keysCommand } from "./arguments/service.ts";
import { run as downloads } from "./commands/downloads.ts";
import { run as edit } from "./commands/edit.ts";
import { jobsText, run as jobs } from "./commands/jobs.ts";
import { objectivesText } from "./commands/objectives.ts";
import { run as keys } from "./commands/keys.ts";
import { run as usage } from "./commands/usage.ts";
import { run as schedules } from "./commands/schedules.ts";
import { run as remove } from "./commands/delete.ts";

const flagsOf = (server: string) => ({ server, data: "/nowhere", keyEnv: "BRIMLINE_KEY" });

test("edit changes what it is told, and says how the job is listed now", async () => {
  const bed = await testbed();
  const flags = { ...flagsOf(await served(bed)), tags: true };
  const id = await endedJob(bed, { name: "Before", tags: ["a"] });
  expect(await printed(edit(id, { ...flags, name: "After", tag: ["b", "c"] }))).toEqual({
    code: 0,
    out: `${id}: After; tags b, c; public\n`,
    err: "",
  });
  expect((await printed(edit(id, { ...flags, tags: false, visibility: "private" }))).out).toBe(
    `${id}: After; no tags; private\n`,
  );
  await expect(edit(id, flags)).rejects.toThrow(/--name, --tag, --no-tags or --visibility/);
});

test.each([
  ["a service without jobs", {}, "There is no job yet. npx brimline bench <url> makes one.\n"],
  ["a tag that no job has", { tag: "x" }, "No job fits. Without flags every job is listed.\n"],
])("jobs of %s says what to do", async (_, query, said) => {
  const flags = { ...flagsOf(await served(await testbed())), limit: 20, ...query };
  expect((await printed(jobs(flags))).out).toBe(said);
});

test("jobs has a line for each job, and two where the terminal is narrower than that", async () => {
  const bed = await testbed();
  const flags = { ...flagsOf(await served(bed)), limit: 20 };
  const id = await endedJob(bed, { name: "Every night, llama-3.1-8b on two A40" });
  const whole = (await printed(jobs(flags))).out;
  expect(whole).toMatch(
    new RegExp(`^  ${id}  2026-05-01 12:00  completed  \\w*  +Every night, .* A40$`, "m"),
  );
  const [job] = JSON.parse((await printed(jobs({ ...flags, json: true }))).out) as Job[];
  const narrow = jobsText(job === undefined ? [] : [job], { isFiltered: false, columns: 60 }).split("\n");
  expect(narrow[1]).toBe(`  ${id}  2026-05-01 12:00  completed`);
  expect(narrow[2]).toMatch(/^ {4}(\w+: )?Every night, /);
  expect(narrow.filter((line) => line.length > 60)).toEqual([]);
});

test("the named objectives fit a terminal of 60 columns, but for addresses", () =>
  expect(
    objectivesText(60)
      .split("\n")
      .filter((line) => line.length > 60 && !line.includes("https://")),
  ).toEqual([]));

test("delete deletes each job that it can, and says why it could not delete the others", async () => {
  const bed = await testbed();
  const flags = flagsOf(await served(bed));
  const id = await endedJob(bed);
  const open = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
  const ran = await printed(remove([open, id, id], flags));
  expect([ran.code, ran.out]).toEqual([1, `${id}: deleted\n`]);
  expect(ran.err).toContain(`${open}: The job has not ended: The job is queued. Cancel it`);
  expect(ran.err).toContain(`${id}: The job was deleted`);
});

test("downloads lists the files of a report, fetches them whole, and keeps none that is not what it was", async () => {
  const bed = await testbed();
  const server = await served(bed);
  bed.service.config.publicUrl = server;
  bed.service.now = Date.now;
  const id = await endedJob(bed);
  const key = `raw/${id}/l01/r0/a1/shard-000.parquet`;
  const sha256 = createHash("sha256").update("PAR1").digest("hex");
  await bed.service.data.put(key, "PAR1");
  await bed.service.data.put(
    `jobs/${id}/manifest.json`,
    JSON.stringify({
      schema: "brimline.manifest/1",
      job: id,
      state: "completed",
      problem: null,
      finishedAt: "",
      generator: "",
      idle: null,
      inputs: [{ key, sha256, bytes: 1234 }],
    }),
  );
  const flags = flagsOf(server);
  expect((await printed(downloads(id, flags))).out).toBe(
    "  kind     bytes  file\n  records  1,234  l01-r0-a1-shard-000.parquet\n",
  );
  const into = await mkdtemp(join(tmpdir(), "brimline-downloads-"));
  onTestFinished(() => rm(into, { recursive: true }));
  const path = join(into, "l01-r0-a1-shard-000.parquet");
  expect((await printed(downloads(id, { ...flags, into }))).out).toBe(`${path}\n`);
  expect(await readFile(path, "utf8")).toBe("PAR1");
  await rm(path);
  await bed.service.data.put(key, "PAR2");
  await expect(downloads(id, { ...flags, into })).rejects.toThrow(
    /shard-000.parquet: it is not what the report/,
  );
  expect(await readdir(into)).toEqual([]);
});

test("usage prints months, and days if asked, with what has no price", async () => {
  const bed = await testbed();
  const flags = { ...flagsOf(await served(bed)), months: 12 };
  expect((await printed(usage(flags))).out).toBe(
    "No job has ended yet.\nIn progress: 0 jobs of at most 100.\n",
  );
  const used = { jobs: 1200, requests: 2_000_000, outputTokens: 5, usd: 12.345, jobsWithoutPrice: 1 };
  const little = { jobs: 1, requests: 20, outputTokens: 400, usd: 0.00321, jobsWithoutPrice: 0 };
  await bed.service.data.put(
    "usage/2026-11.json",
    JSON.stringify({
      schema: "brimline.usage/1",
      days: { "2026-11-29": little, "2026-11-30": used },
      counted: [],
    }),
  );
  expect((await printed(usage({ ...flags, days: true }))).out).toBe(
    [
      "  month (UTC)    jobs   requests  output tokens       $",
      "  2026-11       1,201  2,000,020            405   12.35",
      "    2026-11-30  1,200  2,000,000              5   12.35",
      "    2026-11-29      1         20            400  0.0032",
      "$ leaves out what states no price: 1 job.",
      "In progress: 0 jobs of at most 100.",
      "",
    ].join("\n"),
  );
});

test("schedules makes one, lists it with what it missed, and removes it", async () => {
  const bed = await testbed();
  const flags = flagsOf(await served(bed));
  expect((await printed(schedules(flags))).out).toBe("There is no schedule.\n");
  const folder = await mkdtemp(join(tmpdir(), "brimline-schedules-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const job = join(folder, "job.json");
  await writeFile(job, JSON.stringify({ ...JOB, name: "Nightly" }));
  const made = await printed(schedules({ ...flags, add: "30 2 * * *", timeZone: "Europe/Berlin", job }));
  const id = /[a-z0-9]{20}/.exec(made.out)?.[0] ?? "";
  const shown = `${id}  Nightly\n  due       30 2 * * * Europe/Berlin\n  next      2026-05-02 00:30 UTC\n`;
  expect(made.out).toBe(shown);
  const key = `schedules/${id}/state.json`;
  const state = JSON.parse(String((await bed.service.data.get(key))?.body)) as object;
  const missed = [
    { at: "2026-05-01T00:30:00.000Z", why: "no service ran at that time, nor within 15 min after it" },
  ];
  const last = { at: "2026-04-30T00:30:00.000Z", job: "b".repeat(20) };
  await bed.service.data.put(key, JSON.stringify({ ...state, last, missed }));
  expect((await printed(schedules(flags))).out).toBe(
    [
      `${shown}  ran last  2026-04-30 00:30 UTC, job ${"b".repeat(20)}`,
      "  missed    2026-05-01 00:30 UTC",
      "            no service ran at that time, nor within 15 min",
      "            after it",
      "",
    ].join("\n"),
  );
  expect((await printed(schedules({ ...flags, remove: id }))).out).toBe(`${id}: removed\n`);
  expect((await printed(schedules(flags))).out).toBe("There is no schedule.\n");
  await expect(schedules({ ...flags, add: "@daily" })).rejects.toThrow(/--job job.json/);
  await expect(schedules({ ...flags, name: "x" })).rejects.toThrow(/--add <cron>/);
});

test("keys makes one, lists it as narrow as a terminal is, and revokes it; usage says what its limits leave", async () => {
  const bed = await testbed({ adminKeySha256: createHash("sha256").update("root").digest("hex") });
  const server = await served(bed);
  vi.stubEnv("ROOT", "root");
  onTestFinished(() => void vi.unstubAllEnvs());
  const flags = { ...flagsOf(server), keyEnv: "ROOT" };
  expect((await printed(keys(flags))).out).toBe("There is no key but the admin's.\n");
  const [, example = ""] =
    /npx brimline keys (--add .*)/.exec(
      await readFile(new URL("../../docs/operating.md", import.meta.url), "utf8"),
    ) ?? [];
  const shown = keysCommand().parse(example.split(" "), { from: "user" }).opts();
  expect((await printed(keys({ ...shown, ...flags }))).err).toContain("5 open jobs, 100,000 requests a day");
  const [documented] = JSON.parse((await printed(keys({ ...flags, json: true }))).out) as { id: string }[];
  for (let n = 0; n < 2; n++) await printed(keys({ ...flags, revoke: documented?.id ?? "" }));
  const limits = { openJobs: 5, requestsPerDay: 100_000, tokensPerDay: 20_000_000, usdPerDay: 2.5 };
  const made = await printed(keys({ ...flags, add: "ci", expires: "2027-01-31", ...limits }));
  expect(made.out).toMatch(/^bl_[a-z0-9]{20}_[0-9a-f]{64}_[0-9a-f]{8}\n$/);
  expect(made.err).toContain("  may        submit, read\n");
  const list = (await printed(keys(flags))).out;
  expect(list).not.toContain(made.out.trim());
  const [, id = "", caller = ""] = /^(\w+)  ci\n[^]*caller     (\w+)/.exec(list) ?? [];
  expect(list).toBe(
    [
      `${id}  ci`,
      "  may        submit, read",
      `  caller     ${caller}`,
      "  limits     5 open jobs, 100,000 requests a day, 20,000,000",
      "             output tokens a day, $2.5 a day",
      "  expires    2027-01-31 00:00 UTC",
      "  used last  never",
      "",
    ].join("\n"),
  );
  vi.stubEnv("ROOT", made.out.trim());
  expect((await printed(usage({ ...flags, months: 1 }))).out).toContain(
    "Left of this day (UTC): 100,000 requests, 20,000,000 output tokens, $2.50.\n",
  );
  await expect(keys(flags)).rejects.toThrow(
    /needs a key with the scope admin, and yours has submit and read/,
  );
  vi.stubEnv("ROOT", "root");
  expect((await printed(keys({ ...flags, revoke: id }))).out).toBe(`${id}: revoked\n`);
  expect((await printed(keys(flags))).out).toContain("  revoked    2026-05-01 12:00 UTC\n");
  await expect(keys({ ...flags, caller })).rejects.toThrow(/give --add <name>/);
  await expect(keys({ ...flags, add: "x", expires: "soon" })).rejects.toThrow(
    /--expires takes a number of days/,
  );
});
