import { keys } from "@brimline/store/keys";
import { reported } from "@brimline/testkit/functions/reported";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { verifyReport, type Wrong } from "./verify.ts";

const JOB = "v".repeat(20);
const ATTEMPT = keys.attemptKey(JOB, "l01", 0, 1);

const folder = await mkdtemp(join(tmpdir(), "brimline-verify-"));
afterAll(() => rm(folder, { recursive: true }));

const service = await reported(folder, JOB);
const { data } = service;

/** What is wrong while an object has other bytes, or is gone. */
async function wrongWith(key: string, change: (body: Buffer) => Buffer | null): Promise<Wrong[]> {
  const before = (await data.get(key))?.body ?? Buffer.alloc(0);
  const after = change(Buffer.from(before));
  await (after === null ? data.remove(key) : data.put(key, after));
  const verified = await verifyReport(data, JOB);
  await data.put(key, before);
  return verified?.wrong ?? [];
}

const otherByte = (body: Buffer): Buffer => {
  const at = Math.floor(body.length / 2);
  body[at] = (body[at] ?? 0) ^ 1;
  return body;
};

test("a report is byte by byte what its inputs give, wherever it is verified", async () => {
  expect(await verifyReport(data, JOB)).toMatchObject({ wrong: [], inputs: 5, generator: "brimline test" });
  expect(await verifyReport(data, "n".repeat(20))).toBeNull();
});

test.each([
  ["the records", keys.records(ATTEMPT, 0)],
  ["a summary", keys.shardSummary(ATTEMPT, 0)],
  ["a level's end", keys.levelEnd(ATTEMPT)],
  ["the spec", keys.spec(JOB)],
  ["the manifest", keys.manifest(JOB)],
])("one other byte in %s is found, and so is that it is gone", async (_, key) => {
  expect(await wrongWith(key, otherByte)).toEqual([{ key, why: "changed" }]);
  expect(await wrongWith(key, () => null)).toEqual([{ key, why: "missing" }]);
});

test.each([
  ["report", keys.report(JOB), /"durationS":(\d)/],
  ["influences", keys.influences(JOB), /"log":(\d)/],
])("a digit in the %s that its inputs do not give is found", async (_, key, digit) => {
  const changed = (body: Buffer): Buffer =>
    Buffer.from(
      body
        .toString("utf8")
        .replace(digit, (text, one: string) => text.slice(0, -1) + String((Number(one) + 1) % 10)),
    );
  expect(await wrongWith(key, changed)).toEqual([{ key, why: "not_made_of_its_inputs" }]);
});

test("a manifest that says another time than the one of the report is found", async () => {
  const key = keys.manifest(JOB);
  const later = (body: Buffer): Buffer =>
    Buffer.from(body.toString("utf8").replace(/"finishedAt":"2/, '"finishedAt":"3'));
  expect(await wrongWith(key, later)).toEqual([{ key, why: "changed" }]);
});

test("a report that was cut is no report of ours", async () =>
  expect(await wrongWith(keys.report(JOB), (body) => body.subarray(0, 100))).toEqual([
    { key: keys.report(JOB), why: "changed" },
  ]));
