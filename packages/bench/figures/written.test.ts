import { answeredRequest } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { benchLevel } from "../shards/start.ts";
import { bodyOf } from "../certificate/proof.ts";
import { idOf } from "../truth/hash.ts";
import { recordsAsWritten } from "./written.ts";

const [plan] = benchLevel(
  "http://127.0.0.1:1/v1",
  1,
  { kind: "concurrency", users: 1 },
  { durationS: 1, requests: null },
  { workload: { inputTokens: 16, outputTokens: 3 } },
);
if (plan === undefined) throw new Error("no shard");
const record = {
  ...answeredRequest({ index: 0, sentMs: 10, ttftMs: 90, gapMs: 0, outputTokens: 3 }),
  merged: [{ chunk: 0, chunks: 1, earlierUs: 40_000 }],
};
const log = [{ id: idOf(bodyOf(plan, 0)), gotMs: 1011, writtenMs: Float64Array.of(1061, 1071, 1099.5) }];
const done = { records: [record], t0ClockMs: 1000 };

test("the server's times take the place of the client's, on the client's clock", () => {
  expect(recordsAsWritten(plan, done, log, "read")).toEqual([
    {
      ...record,
      sentMs: 11,
      firstByteMs: 61,
      firstMs: 61,
      firstVisibleMs: 61,
      lastMs: 99.5,
      doneMs: 99.5,
      gapsUs: [50_000, 10_000, 28_500],
      merged: [],
    },
  ]);
  expect(recordsAsWritten(plan, done, log, "recorded")[0]).toMatchObject({
    sentMs: 10,
    gapsUs: [51_000, 10_000, 28_500],
  });
});

test("a request that was cut stays as it is, and one that the server never saw is an error", () => {
  const cut = { ...record, outcome: "censored" as const };
  expect(recordsAsWritten(plan, { ...done, records: [cut] }, [], "read")).toEqual([cut]);
  expect(() => recordsAsWritten(plan, done, [], "read")).toThrow("the server never saw request 0");
});
