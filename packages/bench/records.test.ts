import type { RequestRecord } from "@brimline/core/record/record";
import { aggregate } from "@brimline/core/report/aggregate";
import { createRecorder } from "@brimline/store/recorder";
import { recordsOf, recordTable } from "@brimline/store/records";
import { createScratch } from "@brimline/store/scratch";
import { expect, test } from "vitest";
import { bruteForce } from "./brute-force.ts";
import { plausibleJob } from "@brimline/testkit/plausible-job";
import { plausibleRecords } from "@brimline/testkit/plausible";

async function written(requests: number, shards: number): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const recorder = createRecorder();
    for (const record of plausibleRecords({
      shard,
      shards,
      requests: requests / shards,
      chunks: 100,
      users: 20,
    }))
      recorder.add(record);
    files.push(await recorder.body());
  }
  return files;
}

test("the report of plausible records, written and read as a job does, has the figures of all values in arrays", async () => {
  const files = await written(6000, 2);
  const scratch = createScratch();
  const job = plausibleJob(
    files.map((file) => recordTable(file, scratch)),
    40,
  );
  const level = aggregate(job).levels[0];
  scratch.close();
  const records: RequestRecord[] = files.flatMap((file) => [...recordsOf(file)]);
  const truth = bruteForce(
    records,
    Math.min(...job.levels.flatMap((input) => input.shards.map(({ summary }) => summary.stopMs))),
  );
  const six = (value: number | null | undefined): number => Number((value ?? Number.NaN).toPrecision(6));
  const values = (spread: Record<"p50" | "p95" | "p99", { value: number | null }> | undefined) => ({
    p50: six(spread?.p50.value),
    p95: six(spread?.p95.value),
    p99: six(spread?.p99.value),
  });
  const rounded = (figures: Record<string, number>) =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, six(value)]));
  const { gapMs } = truth;
  expect({
    ...values(level?.chunkGapMs),
    p90: six(level?.chunkGapMs.p90.value),
    max: six(level?.chunkGapMs.max),
    mean: six(level?.chunkGapMs.mean.value),
  }).toEqual(
    rounded({
      p50: gapMs.p50,
      p95: gapMs.p95,
      p99: gapMs.p99,
      p90: gapMs.p90,
      max: gapMs.max,
      mean: gapMs.mean,
    }),
  );
  expect(values(level?.ttftMs)).toEqual(rounded(truth.ttftMs));
  expect(values(level?.e2eMs)).toEqual(rounded(truth.e2eMs));
  expect(values(level?.tpotMs)).toEqual(rounded(truth.tpotMs));
  expect(level?.outputTokensPerS.value).toBe(six(truth.outputTokensPerS));
  expect(level?.coalescedPercent).toBe(six(truth.coalescedPercent));
  expect(level?.stalls).toMatchObject({ count: truth.stalls.count, longestMs: six(truth.stalls.longestMs) });
});

test("a request of 100 chunks takes at most 190 bytes", async () => {
  const files = await written(4000, 1);
  expect((files[0]?.length ?? Number.NaN) / 4000).toBeLessThanOrEqual(190);
});
