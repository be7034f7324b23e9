import { decodeRecord } from "@brimline/core/record/codec";
import { answeredRequest } from "@brimline/testkit/synthetic";
import { memoryChunks } from "@brimline/core/record/chunks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipMembers } from "./members.ts";
import { createRecorder } from "./recorder.ts";
import { recordTable } from "./records.ts";
import { createScratch } from "./scratch.ts";

// Alone: it sets a flag of V8 and measures the memory of this process.

const request = (index: number) =>
  answeredRequest({ index, sentMs: 2 * index, ttftMs: 150 + (index % 97), gapMs: 20, outputTokens: 30 });

async function fileOf(requests: number, from = 0): Promise<Buffer> {
  const recorder = createRecorder();
  for (let index = from; index < from + requests; index++) recorder.add(request(index));
  return recorder.body();
}

test("zcat reads a file of records: one line a record, in the order they came", async () => {
  const lines = gunzipSync(await fileOf(2500))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  expect(lines.map(decodeRecord)).toEqual(Array.from({ length: 2500 }, (_, index) => request(index)));
});

test("it has a gzip member for every 1,000 records", async () => {
  const members = [...gzipMembers(await fileOf(2500))];
  expect(members.map((text) => text.toString("utf8").trimEnd().split("\n").length)).toEqual([
    1000, 1000, 500,
  ]);
});

test("without a record it is still a file", async () =>
  expect([...gzipMembers(await fileOf(0))].map((text) => text.length)).toEqual([0]));

test.each([
  ["in its last member", (file: Buffer) => file.subarray(0, file.length - 20)],
  ["in its last byte", (file: Buffer) => file.subarray(0, file.length - 1)],
  [
    "and the check of its last member is wrong",
    (file: Buffer) => Buffer.concat([file.subarray(0, -8), Buffer.from([1, 2, 3, 4]), file.subarray(-4)]),
  ],
  [
    "and its rest is noise",
    (file: Buffer) => Buffer.concat([file.subarray(0, file.length - 300), Buffer.alloc(400, 7)]),
  ],
  [
    "and goes on with something else",
    (file: Buffer) => Buffer.concat([file.subarray(0, -1), Buffer.from([9]), Buffer.from("not a member")]),
  ],
])("a file that was cut %s keeps the members before", async (_, cut) => {
  const file = cut(await fileOf(2500));
  const kept: number[] = [];
  expect(() => {
    for (const text of gzipMembers(file)) kept.push(text.toString("utf8").trimEnd().split("\n").length);
  }).toThrow(/damaged|no gzip member/);
  expect(kept.slice(0, 2)).toEqual([1000, 1000]);
  expect(() => recordTable(file, memoryChunks())).toThrow(/damaged|no gzip member/);
});

test("files that others packed are read too", () =>
  expect([...gzipMembers(Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]))].map(String)).toEqual([
    "a\n",
    "b\n",
  ]));

test("records that come faster than they can be packed are not held as text", async () => {
  setFlagsFromString("--expose_gc");
  const collect: () => void = runInNewContext("gc");
  const memory = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const recorder = createRecorder();
  const before = memory();
  // All records come in one turn of the event loop, so nothing that is packed in the thread pool can be done
  // before the end. As text they are 36 MB.
  for (let index = 0; index < 50_000; index++)
    recorder.add({
      ...request(index),
      gapsUs: Array.from({ length: 100 }, (_, i) => 20_000 + ((index * i * 7919) % 997)),
    });
  expect((memory() - before) / 1e6).toBeLessThan(26);
  expect((await recorder.body()).length / 50_000).toBeGreaterThan(20);
});

test("a scratch file gives the chunks of each table back, as often as they are asked for, and leaves no file", async () => {
  const scratch = createScratch();
  const tables = [
    recordTable(await fileOf(4000), scratch.chunks()),
    recordTable(await fileOf(700, 13), scratch.chunks()),
  ];
  for (const table of [...tables, ...tables]) {
    const gaps: number[] = [];
    table.eachChunks((_, { count, gapsUs }) => gaps.push(...gapsUs.slice(0, count)));
    expect(gaps).toEqual(Array.from(table.rows(), ({ index }) => request(index).gapsUs).flat());
  }
  scratch.close();
  expect(() => tables[0]?.eachChunks(() => {})).toThrow();
});
