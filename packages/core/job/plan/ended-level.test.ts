import { concurrencyLoad } from "../../load/concurrency.ts";
import { latencySummary } from "../../record/latencies.ts";
import { expect, test } from "vitest";
import type { LevelCounters } from "../level/attempt.ts";
import { endedLevel } from "./ended-level.ts";
import type { LevelPlan } from "../level/level-plan.ts";

const plan: LevelPlan = {
  id: "l02",
  role: "measured",
  load: concurrencyLoad(8),
  stop: { durationS: 30, requests: null },
  rampS: 1,
  repeat: 1,
};
const UNKNOWN = latencySummary([]);
const slo = { ttftMs: 500, percentile: 95 };

/** A level of 100 requests, of which so many are good and which are worth so many. */
const counters = (good: number, worth: number): LevelCounters => ({
  ok: 100,
  failed: 1,
  medianE2eMs: 1000,
  inFlight: 8,
  outputTokensPerS: 70,
  ttftMs: { p50: 90, p95: 120, p99: 130, judged: { good, open: 0, total: 100 } },
  tpotMs: UNKNOWN,
  e2eMs: UNKNOWN,
  isSaturated: false,
  steady: {
    windowS: 29,
    due: 100,
    done: 100,
    ttftMs: { good, open: 0, total: 100, worth },
    tpotMs: null,
    e2eMs: null,
  },
});

test("a level that has ended is told with its counters", () =>
  expect(endedLevel({ plan, state: "completed", counters: counters(100, 100) }, undefined)).toEqual({
    id: "l02",
    load: concurrencyLoad(8),
    repeat: 1,
    state: "completed",
    ok: 100,
    failed: 1,
    outputTokensPerS: 70,
    ttftP95Ms: 120,
    tpotP95Ms: null,
    e2eP95Ms: null,
    met: null,
    goodPercent: 100,
  }));

test.each([
  ["met where enough independent requests are good", 100, 100, true],
  ["open where they are worth too few", 100, 50, null],
  ["missed where too many are not", 80, 100, false],
])("it is %s", (_, good, worth, met) =>
  expect(endedLevel({ plan, state: "completed", counters: counters(good, worth) }, slo)).toMatchObject({
    met,
    goodPercent: good,
  }),
);
