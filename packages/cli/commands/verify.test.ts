import { keys } from "@brimline/store/keys";
import { reported } from "@brimline/testkit/functions/reported";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CommandError, UsageError } from "../error.ts";
import { run } from "./verify.ts";

const JOB = "v".repeat(20);
const folder = await mkdtemp(join(tmpdir(), "brimline-verified-"));
afterAll(() => rm(folder, { recursive: true }));
const { data } = await reported(folder, JOB);
const flags = { data: folder } as Parameters<typeof run>[1];

test("a report that its records give ends with 0, and one other byte in them with 1", async () => {
  expect(await run(JOB, flags)).toBe(0);
  const records = keys.records(keys.attemptKey(JOB, "l01", 0, 1), 0);
  const body = (await data.get(records))?.body ?? Buffer.alloc(0);
  const other = Buffer.from(body);
  other[100] = (other[100] ?? 0) ^ 1;
  await data.put(records, other);
  expect(await run(JOB, flags)).toBe(1);
  await data.put(records, body);
  const report = await data.get(keys.report(JOB));
  await data.put(keys.report(JOB), Buffer.from(String(report?.body).replace('"valid"', '"Valid"')));
  expect(await run(JOB, flags)).toBe(1);
});

test("a job that is not there, or no id, is said and not verified", async () => {
  await expect(run("x".repeat(20), flags)).rejects.toThrow(CommandError);
  await expect(run("../job", flags)).rejects.toThrow(UsageError);
});
