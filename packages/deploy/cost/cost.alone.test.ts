import { PRESETS } from "@brimline/sim/presets";
import { versityGw } from "@brimline/testkit/store/versitygw";
import { describe, expect, test } from "vitest";
import { billOf, type Counted, usdSum, totalOf } from "./bill.ts";
import { operationsOf } from "../limits.ts";
import { forbidden } from "../permitted.ts";
import { rehearse } from "./rehearse.ts";

describe("the bill of what was counted", () => {
  const counted: Counted = {
    calls: {
      Shard: { count: 2, seconds: 100 },
      Aggregate: { count: 1, seconds: 4 },
      Sweep: { count: 3, seconds: 0 },
      "Api POST /v1/jobs": { count: 1, seconds: 1 },
      "Api POST /v1/time": { count: 8, seconds: 0 },
    },
    durable: { operations: 30, bytes: 1e6 },
    s3: {
      asked: {
        Shard: { "GET control": 1000, "PUT progress": 20, "PUT raw": 4, "GET raw": 10 },
        outside: { "PUT telemetry": 1, "DELETE open": 7 },
      },
      touched: {},
      putBytes: 2e9,
      faults: 0,
    },
    sentBytes: 5e9,
  };
  const bill = billOf(counted);

  test.each([
    ["level", "lambda", (100 * 1769 * 0.000_013_333_4) / 1024 + 0.4e-6],
    ["aggregate", "lambda", (4 * (1769 * 0.000_013_333_4 + 1536 * 0.000_000_030_9)) / 1024 + 0.2e-6],
    ["submit", "lambda", 0.000_013_333_4 + 0.2e-6],
    ["submit", "edge", 1.4e-6],
    ["agent", "edge", 8 * 1.4e-6],
    ["polling", "s3", 1000 * 0.43e-6 + 20 * 5.4e-6],
    ["level", "s3", 4 * 5.4e-6 + 10 * 0.43e-6],
    ["agent", "s3", 5.4e-6],
    ["storage", "s3", 2 * 0.0245],
    ["workflow", "durable", 30 * 8e-6 + 0.001 * (0.25 + (14 / 30) * 0.15)],
    ["level", "rest", 5 * 0.09 + 2 * 0.6e-6 * 0.63],
    ["timer", "rest", 3e-6 + 3 * 0.6e-6 * 0.63],
  ] as const)("%s, %s, as reckoned by hand", (what, service, usd) =>
    expect(bill[what]?.[service]).toBeCloseTo(usd, 12),
  );

  test("is the sum of its parts", () => {
    const parts = Object.values(bill).map(totalOf);
    expect(totalOf(usdSum(Object.values(bill)))).toBeCloseTo(
      parts.reduce((sum, part) => sum + part, 0),
      12,
    );
  });
});

const gateway = await versityGw();
test.skipIf(gateway === null)("a rehearsed job counts each request once, by whom it was sent", async () => {
  const seen = await rehearse({
    preset: PRESETS.quick,
    job: {
      tags: ["nightly"],
      levels: [2, 4],
      stop: { durationS: 1 },
      rampS: 0,
      warmup: false,
      workload: { inputTokens: 16, outputTokens: 8 },
    },
    idleS: 0,
    options: { leadMs: 2000, usersPerShard: 2, concurrency: 20, sweepEveryMs: 60_000 },
  });
  expect(seen?.state).toBe("completed");
  const { calls, durable, s3, sentBytes } = seen?.job ?? {};
  const times = Object.fromEntries(Object.entries(calls ?? {}).map(([name, { count }]) => [name, count]));
  // The levels have one shard and two.
  expect(times).toMatchObject({ "Api POST /v1/jobs": 1, Preflight: 1, Shard: 3, Aggregate: 1, Publish: 1 });
  expect(s3?.faults).toBe(0);
  // Every request comes from a function.
  expect(Object.keys(s3?.asked ?? {}).toSorted()).toEqual(Object.keys(times).toSorted());
  const { Shard, Aggregate, Preflight } = s3?.asked ?? {};
  // Each shard writes its records and its summary, the first of a level what its server exported, and the report is
  // written once.
  expect([Shard?.["PUT raw"], Aggregate?.["PUT report"], Aggregate?.["PUT manifest"]]).toEqual([8, 1, 1]);
  expect(Preflight?.["PUT preflight"]).toBeGreaterThanOrEqual(2);
  expect(Shard?.["GET control"]).toBeGreaterThanOrEqual(3);
  // The start of the execution is no checkpoint.
  expect(durable?.operations).toBe(operationsOf([1, 2]) - 1);
  expect(sentBytes).toBeGreaterThan(1000);
  // Its function may do with objects what it did.
  expect(forbidden(s3?.touched ?? {})).toEqual([]);
});
