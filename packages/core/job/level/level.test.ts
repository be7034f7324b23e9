import { NO_ARRIVALS, NO_LATENCIES } from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import { createLatencyCounter } from "../../record/latencies.ts";
import type { ShardSummary } from "../../record/record.ts";
import { isSpent, levelOutcome, levelCounters, ranOutOfTime, remainingOf, withinTime } from "./level.ts";
import type { LevelEnd } from "./attempt.ts";
import type { LevelPlan } from "./level-plan.ts";
import { JobSpec } from "../spec/spec.ts";

const plan: LevelPlan = {
  id: "l01",
  role: "measured",
  load: { kind: "concurrency", users: 4 },
  stop: { durationS: 10, requests: null },
  rampS: 1,
  repeat: 0,
};

const UNKNOWN = { p50: null, p95: null, p99: null, judged: null };

const shard = (more: Partial<ShardSummary> = {}): ShardSummary => ({
  schema: "brimline.shard/1",
  record: "brimline.record/1",
  shard: 0,
  shards: 1,
  t0UnixMs: 0,
  startLagMs: 0,
  users: 4,
  levelUsers: 4,
  rampEndMs: 1000,
  stopMs: 10_000,
  drainEndMs: 12_500,
  firstIdleMs: null,
  ended: "completed",
  requests: { due: 10, sent: 10, ok: 10, failed: 0, censored: 0, resent: 0, errors: {} },
  outputTokens: 250,
  backoffMs: 0,
  medianE2eMs: 400,
  latencies: NO_LATENCIES,
  slices: null,
  openMs: 20_000,
  simulated: false,
  serverHeader: null,
  certificate: null,
  uncertified: null,
  arrivals: NO_ARRIVALS,
  eventLoop: null,
  ...more,
});

describe("how a level ended", () => {
  test.each<[string, ShardSummary["ended"][], number, ReturnType<typeof levelOutcome>]>([
    [
      "it completed if all shards completed",
      ["completed", "completed"],
      0,
      { state: "completed", code: null },
    ],
    [
      "it completed if one of many shards is lost, and its figures say so",
      ["completed"],
      1,
      { state: "completed", code: null },
    ],
    ["it failed if all shards are lost", [], 2, { state: "failed", code: "shards_lost" }],
    [
      "it was cancelled if one shard was, whatever the others met",
      ["endpoint_down", "cancelled"],
      0,
      { state: "cancelled", code: "cancelled" },
    ],
    [
      "it was stopped if one shard saw the endpoint die",
      ["completed", "endpoint_down"],
      0,
      { state: "stopped", code: "endpoint_down" },
    ],
    [
      "it was stopped if one shard saw that the endpoint's owner took the caller's token away",
      ["completed", "unproved"],
      0,
      { state: "stopped", code: "unproved" },
    ],
    [
      "it failed if one shard could not see its control object",
      ["completed", "lost_control"],
      0,
      { state: "failed", code: "internal" },
    ],
    [
      "it was stopped if one shard met nothing but 429",
      ["rate_limited"],
      0,
      { state: "stopped", code: "rate_limited" },
    ],
    [
      "it was stopped if one shard reached a limit of the job",
      ["budget"],
      0,
      { state: "stopped", code: "budget" },
    ],
    [
      "it was stopped without a fault if one shard saw a queue that only grew",
      ["completed", "over_saturated"],
      0,
      { state: "stopped", code: null },
    ],
  ])("%s", (_, ended, missing, outcome) => {
    expect(
      levelOutcome(
        ended.map((each) => ({ ended: each })),
        missing,
      ),
    ).toEqual(outcome);
  });
});

describe("the counters of a level", () => {
  test("adds up its shards: each had 2 in flight for 10 s and 250 tokens in 12.5 s", () => {
    expect(levelCounters("completed", [shard(), shard({ shard: 1 })])).toEqual({
      ok: 20,
      failed: 0,
      medianE2eMs: 400,
      inFlight: 4,
      outputTokensPerS: 40,
      ttftMs: UNKNOWN,
      tpotMs: UNKNOWN,
      e2eMs: UNKNOWN,
      isSaturated: false,
      steady: null,
    });
  });

  test.each<[string, LevelEnd["state"], ShardSummary["ended"], boolean]>([
    ["a queue that only grew is an answer", "stopped", "over_saturated", true],
    ["too many open requests are an answer", "stopped", "open_limit", true],
    ["a dead endpoint is no answer", "stopped", "endpoint_down", false],
    ["a cancel is no answer, whatever another shard met", "cancelled", "over_saturated", false],
  ])("%s", (_, state, ended, isSaturated) =>
    expect(levelCounters(state, [shard(), shard({ ended })]).isSaturated).toBe(isSaturated),
  );

  test("weights its median E2E by requests: 1 slow request does not outweigh 10", () => {
    const slow = shard({
      medianE2eMs: 9000,
      requests: { due: 1, sent: 1, ok: 1, failed: 0, censored: 0, resent: 0, errors: {} },
    });
    expect(levelCounters("completed", [slow, shard()]).medianE2eMs).toBe(400);
  });

  test("adds up the latencies of its shards and what their objective judged", () => {
    const of = (ms: number, good: number): Partial<ShardSummary> => {
      const counter = createLatencyCounter();
      for (let i = 0; i < 10; i++) counter.add(ms);
      const ttftMs = { histogram: counter.histogram(), judged: { good, open: 1, total: 10 } };
      return { latencies: { ...NO_LATENCIES, ttftMs } };
    };
    const { ttftMs, tpotMs } = levelCounters("completed", [shard(of(900, 4)), shard(of(100, 10))]);
    expect(ttftMs.judged).toEqual({ good: 14, open: 2, total: 20 });
    expect(Math.abs((ttftMs.p50 ?? 0) - 100)).toBeLessThan(1);
    expect(Math.abs((ttftMs.p95 ?? 0) - 900)).toBeLessThan(9);
    expect(tpotMs).toEqual(UNKNOWN);
  });

  test("of no shards holds null, not 0, where nothing is known", () => {
    expect(levelCounters("failed", [])).toMatchObject({
      ok: 0,
      medianE2eMs: null,
      inFlight: null,
      outputTokensPerS: null,
    });
  });
});

describe("the limits of a job", () => {
  const specWith = (more: object) =>
    JobSpec.parse({ endpoint: { url: "http://h/v1", model: "m" }, levels: [4], ...more });
  const used = { durationS: 100, requests: 40, outputTokens: 900 };

  test("are what was asked less what was used", () => {
    const spec = specWith({ limits: { maxRequests: 50, maxOutputTokens: 1000, maxDurationS: 160 } });
    expect(remainingOf(spec, used)).toEqual({ durationS: 60, requests: 10, outputTokens: 100 });
  });

  test("in dollars limit time where the GPUs have a price: $1 of 2 GPUs at $10 an hour is 180 s", () => {
    const spec = specWith({ limits: { maxUsd: 1 }, gpu: { usdPerHour: 10, count: 2 } });
    expect(remainingOf(spec, used).durationS).toBe(80);
    expect(remainingOf(specWith({ limits: { maxUsd: 1 } }), used).durationS).toBe(7100);
  });

  test.each([
    ["no second is left", { durationS: 0.5, requests: null, outputTokens: null }, true],
    ["no request is left", { durationS: 60, requests: 0, outputTokens: null }, true],
    ["no token is left", { durationS: 60, requests: null, outputTokens: 0 }, true],
    ["some of each is left", { durationS: 1, requests: 1, outputTokens: 1 }, false],
  ])("%s: spent is %s", (_, remaining, spent) => expect(isSpent(remaining)).toBe(spent));

  test("cut a level of 10 s with a ramp of 1 s to the 6 s that are left", () => {
    expect(withinTime(plan, 7.9)).toEqual({
      plan: { ...plan, stop: { durationS: 6, requests: null } },
      isShortened: true,
    });
    expect(withinTime(plan, 11)).toEqual({ plan, isShortened: false });
  });

  test("bound a level that has no time of its own", () => {
    const counted = { ...plan, stop: { durationS: null, requests: 20 } };
    expect(withinTime(counted, 61)).toMatchObject({
      plan: { stop: { durationS: 60, requests: 20 } },
      isShortened: true,
    });
  });

  test("a level ran out of time if it stopped at the end of its time, not if its requests were done before", () => {
    expect(ranOutOfTime(plan, [shard({ stopMs: 11_001 })])).toBe(true);
    expect(ranOutOfTime(plan, [shard({ stopMs: 4000 })])).toBe(false);
  });
});
