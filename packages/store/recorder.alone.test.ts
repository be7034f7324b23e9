import { answeredRequest } from "@brimline/testkit/synthetic";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createRecorder } from "./recorder.ts";
import { recordsOf, recordTable } from "./records.ts";
import { createScratch } from "./scratch.ts";

// Alone: it sets a flag of V8 and measures the memory of this process.

const request = (index: number) =>
  answeredRequest({ index, sentMs: 2 * index, ttftMs: 150 + (index % 97), gapMs: 20, outputTokens: 30 });

async function fileOf(requests: number, from = 0): Promise<Buffer> {
  const recorder = createRecorder();
  for (let index = from; index < from + requests; index++) recorder.add(request(index));
  return recorder.body();
}

setFlagsFromString("--expose_gc");
const collect: () => void = runInNewContext("gc");
const memory = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

test("records that come faster than they can be packed are not held unpacked", async () => {
  const recorder = createRecorder();
  const before = memory();
  // All records come in one turn of the event loop, so nothing that is packed in the thread pool can be done
  // before the end. Unpacked they are 23 MB.
  for (let index = 0; index < 50_000; index++)
    recorder.add({
      ...request(index),
      gapsUs: Array.from({ length: 100 }, (_, i) => 20_000 + ((index * i * 7919) % 997)),
    });
  expect((memory() - before) / 1e6).toBeLessThan(20);
  const body = await recorder.body();
  expect(body.length / 50_000).toBeGreaterThan(20);
  let next = 0;
  for (const { index } of recordsOf(body)) if (index === next) next++;
  expect(next).toBe(50_000);
});

test("a scratch file gives the chunks of each table back, as often as they are asked for, and leaves no file", async () => {
  const scratch = createScratch();
  const tables = [recordTable(await fileOf(5000), scratch), recordTable(await fileOf(700, 13), scratch)];
  for (const table of [...tables, ...tables]) {
    const gaps: number[] = [];
    table.eachChunks((_, { count, gapsUs }) => gaps.push(...gapsUs.slice(0, count)));
    expect(gaps).toEqual(Array.from(table.rows(), ({ index }) => request(index).gapsUs).flat());
  }
  scratch.close();
  expect(() => tables[0]?.eachChunks(() => {})).toThrow();
});

test("a table does not hold the file that it was read from", async () => {
  const scratch = createScratch();
  const file = { body: await fileOf(5000) };
  const held = new WeakRef(file.body.buffer);
  const table = recordTable(file.body, scratch);
  file.body = Buffer.alloc(0);
  // A WeakRef keeps what it was made of, or gave, until the turn ends, and so may what is still on the stack.
  for (let turn = 0; turn < 20 && held.deref() !== undefined; turn++) {
    await new Promise(setImmediate);
    collect();
  }
  expect(held.deref()).toBeUndefined();
  expect(table.length).toBe(5000);
  scratch.close();
});
