import { keys } from "@brimline/store/keys";
import { latencySummary } from "@brimline/core/record/latencies";
import type { LevelEnd } from "@brimline/core/job/level/attempt";
import { acceptJob } from "@brimline/testkit/functions/home";
import { testbed } from "@brimline/testkit/functions/testbed";
import { expect, test } from "vitest";
import { createObject, readObject } from "../objects/object.ts";
import { specOf } from "../objects/spec.ts";
import { UsageMark } from "../objects/usage.ts";
import { markUsage } from "./usage.ts";

const NO_LATENCY = latencySummary([]);
const COUNTERS: LevelEnd["counters"] = {
  ok: 40,
  failed: 0,
  medianE2eMs: null,
  inFlight: null,
  outputTokensPerS: null,
  ttftMs: NO_LATENCY,
  tpotMs: NO_LATENCY,
  e2eMs: NO_LATENCY,
  isSaturated: false,
  steady: null,
};
const ID = "a".repeat(20);

test.each([
  ["with a price", { usdPerHour: 0.5, count: 4 }, { usd: 1, jobsWithoutPrice: 0 }],
  ["without one", { count: 4 }, { usd: 0, jobsWithoutPrice: 1 }],
])("a job %s is marked with what its levels and its time used", async (_, gpu, money) => {
  const { service } = await testbed();
  await acceptJob(service, ID, { gpu });
  for (const id of ["warmup", "l01"]) {
    const end: LevelEnd = {
      schema: "brimline.level/1",
      plan: {
        id,
        role: "measured",
        load: { kind: "concurrency", users: 2 },
        stop: { durationS: 20, requests: null },
        rampS: 0,
        repeat: 0,
      },
      attempt: 1,
      t0UnixMs: 0,
      state: "completed",
      problem: null,
      shards: 1,
      missingShards: 0,
      counters: COUNTERS,
      used: { requests: 40, outputTokens: 800 },
      learnt: null,
    };
    await createObject(service.data, keys.levelEnd(keys.attemptKey(ID, id, 0, 1)), end);
  }
  await markUsage(service, await specOf(service, ID), {
    startedAt: "2026-11-30T23:40:00.000Z",
    finishedAt: "2026-12-01T00:10:00.000Z",
  });
  expect(await readObject(service.data, keys.toCount(ID), UsageMark)).toMatchObject({
    day: "2026-12-01",
    used: { jobs: 1, requests: 80, outputTokens: 1600, ...money },
  });
});
