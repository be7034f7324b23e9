import { type RateLoad, rateLoad } from "@brimline/core/load/rate";
import { due } from "@brimline/testkit/arrival";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { aggregate } from "@brimline/core/report/aggregate";
import type { LevelInput } from "@brimline/core/report/input";
import { type KnownLevel, levelInput } from "@brimline/testkit/synthetic";
import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { shardOf, startShard, type Wanted } from "@brimline/testkit/load/level";
import { forever, quick, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { expectNothingLost, serving } from "@brimline/testkit/load/serving";

const at = (rate: number, arrival: RateLoad["arrival"] = "poisson"): RateLoad => rateLoad({ rate, arrival });
/** Keeps this process from doing anything else. */
function hold(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;);
}

describe("50 requests/s over two shards, for 6 s", () => {
  const RATE = 50;
  const DURATION_S = 6;

  test("sends every request of the one schedule at its time, and its report judges from due", async () => {
    const endpoint = await startEndpoint({ preset: PRESETS.quick });
    onTestFinished(() => endpoint.close());
    const wanted: Wanted = {
      load: at(RATE),
      durationS: DURATION_S,
      shards: 2,
      t0UnixMs: Date.now() + 300,
      largestE2eMs: 100,
      job: { endpoint: { url: "", model: "sim-quick" }, workload: { inputTokens: 16, outputTokens: 8 } },
    };
    const shards = await Promise.all([0, 1].map((shard) => shardOf(endpoint.url, { ...wanted, shard })));
    for (const shard of shards) {
      expectNothingLost(shard);
      expect(shard.summary).toMatchObject({
        ended: "completed",
        users: 0,
        levelUsers: 0,
        stopMs: 1000 * DURATION_S,
        firstIdleMs: null,
        backoffMs: 0,
      });
      expect(shard.summary.requests.due).toBe(shard.summary.requests.sent);
      expect(
        shard.records.every((record) => record.index % 2 === shard.summary.shard && record.user === null),
      ).toBe(true);
    }
    const records = shards.flatMap((shard) => shard.records).toSorted((a, b) => a.index - b.index);
    const schedule = due({ rate: RATE }, 1000 * DURATION_S, { seed: "seed", levelId: "l01", repeat: 0 });
    expect(records.map(({ dueMs }) => dueMs)).toEqual(
      schedule.map((dueMs) => Math.round(1000 * dueMs) / 1000),
    );
    expect(records.every(({ sentMs, dueMs, outcome }) => sentMs >= dueMs && outcome === "ok")).toBe(true);
    // Connections are ready before they are needed.
    expect(records.filter(({ connectMs }) => connectMs !== null).length).toBeLessThan(0.05 * records.length);

    const report = Report.parse(reportOf(shards));
    const level = report.levels[0];
    expect(level).toMatchObject({
      state: "completed",
      load: at(RATE),
      requests: { due: 300, sent: 300, ok: 300 },
    });
    expect(level?.offeredPerS).toBeCloseTo(
      schedule.filter((dueMs) => dueMs >= 2000 && dueMs < 6000).length / 4,
      6,
    );
    expect(level?.ttftFromDueMs?.p50.value).toBeGreaterThanOrEqual(level?.ttftMs.p50.value ?? Infinity);
    expect(level?.reasons).not.toContain("under_delivered");
    expect(report.verdict).toMatchObject({ capacityUnit: "requestsPerS" });
  });

  function reportOf(shards: KnownLevel["shards"]): unknown {
    const plan: LevelInput["plan"] = {
      id: "l01",
      role: "measured",
      load: at(RATE),
      stop: { durationS: DURATION_S, requests: null },
      rampS: 0,
      repeat: 0,
    };
    return aggregate({
      id: "a".repeat(20),
      spec: JobSpec.parse({
        endpoint: { url: "http://127.0.0.1/v1", model: "sim-quick" },
        levels: [{ rate: RATE }],
      }),
      seed: "seed",
      createdAt: new Date(0).toISOString(),
      finishedAt: new Date(0).toISOString(),
      state: "completed",
      generator: "test",
      manifestSha256: "",
      platform: "local",
      region: null,
      endpoint: { server: null, simulated: true, ignoreEos: true, usage: true, saysEnd: true },
      metrics: null,
      levels: [levelInput({ plan, attempt: 1, state: "completed", reason: null, missingShards: 0, shards })],
      telemetry: null,
      idle: null,
    });
  }
});

describe("a load generator that is held up", () => {
  test("sends late what was due meanwhile, and says how late", async () => {
    const endpoint = await serving(quick);
    const { records, run } = startShard(endpoint.url, { load: at(40, "constant"), durationS: 2 });
    await sleep(1000);
    hold(300);
    const summary = await run.ended;
    expectNothingLost({ records, summary });
    expect(summary.requests).toMatchObject({ due: 80, ok: summary.requests.sent });
    // All requests that were due before the hold or in it were sent.
    expect(records.filter(({ dueMs }) => dueMs < 1200)).toHaveLength(48);
    const lags = records.map(({ sentMs, dueMs }) => sentMs - dueMs).toSorted((a, b) => b - a);
    expect(lags[0]).toBeGreaterThan(250);
    expect(lags.filter((lag) => lag > 25).length).toBeGreaterThanOrEqual(10);
  });

  test("past the level's end has requests that were due and never sent", async () => {
    const endpoint = await serving(quick);
    const { records, run } = startShard(endpoint.url, { load: at(40, "constant"), durationS: 1 });
    await sleep(700);
    hold(800);
    const summary = await run.ended;
    expectNothingLost({ records, summary });
    expect(summary).toMatchObject({ ended: "completed", stopMs: 1000, requests: { due: 40 } });
    expect(summary.requests.sent).toBeLessThan(32);
  });
});

describe("ends early", () => {
  test("with too many open requests, and cuts them", async () => {
    const endpoint = await serving(forever);
    const run = await shardOf(endpoint.url, { load: at(100), durationS: 60, maxOpen: 20 });
    expectNothingLost(run);
    expect(run.summary).toMatchObject({ ended: "open_limit", requests: { sent: 20, censored: 20 } });
    expect(run.summary.requests.due).toBeGreaterThan(20);
    expect(run.summary.stopMs).toBeLessThan(2000);
    while (endpoint.open() > 0) await sleep(5);
    expect(endpoint.seen).toHaveLength(20);
  });

  test("at a cancel, which cuts every open stream at once", async () => {
    const endpoint = await serving(forever);
    const cancel = new AbortController();
    const { records, run } = startShard(endpoint.url, { load: at(50), durationS: 60, cancel: cancel.signal });
    await sleep(1000);
    expect(run.counters().inFlight).toBeGreaterThan(20);
    const cancelledMs = performance.now();
    cancel.abort("cancelled");
    const summary = await run.ended;
    while (endpoint.open() > 0) await sleep(5);
    expect(performance.now() - cancelledMs).toBeLessThan(1500);
    expectNothingLost({ records, summary });
    expect(summary).toMatchObject({ ended: "cancelled", requests: { censored: summary.requests.sent } });
    const { length } = endpoint.seen;
    await sleep(300);
    expect(endpoint.seen).toHaveLength(length);
  });

  test("at a limit of the job", async () => {
    const endpoint = await serving(quick);
    const { records, summary } = await shardOf(endpoint.url, {
      load: at(100),
      durationS: 30,
      job: { limits: { maxRequests: 7 } },
    });
    expectNothingLost({ records, summary });
    expect(summary).toMatchObject({ ended: "budget", requests: { sent: 7, ok: 7 } });
    expect(summary.requests.due).toBeGreaterThan(7);
    expect(endpoint.seen).toHaveLength(7);
  });

  test("within 10 s where the endpoint dies", async () => {
    const endpoint = await scriptedEndpoint(quick);
    const { records, run } = startShard(endpoint.url, { load: at(20), durationS: 60 });
    await sleep(600);
    await endpoint.close();
    const diedMs = performance.now();
    const summary = await run.ended;
    expect(performance.now() - diedMs).toBeLessThan(10_000);
    expect(summary.ended).toBe("endpoint_down");
    expectNothingLost({ records, summary });
  });

  test("where a queue only grows", { timeout: 180_000 }, async () => {
    // The endpoint has one slot, which gives 8 tokens in some 45 ms, so it takes at most 23 requests/s.
    const params = { ...PRESETS.quick.params, slots: 1 };
    const endpoint = await startEndpoint({ preset: { ...PRESETS.quick, params } });
    onTestFinished(() => endpoint.close());
    const workload = { inputTokens: 16, outputTokens: 8 };
    const job = { endpoint: { url: "", model: "sim-quick" }, workload };
    const cancel = new AbortController();
    const { records, run } = startShard(endpoint.url, {
      load: at(45),
      durationS: 40,
      largestE2eMs: 100,
      maxOpen: 5000,
      job,
      cancel: cancel.signal,
    });
    await sleep(2000);
    let sent = -1;
    while (run.counters().sent > sent) {
      sent = run.counters().sent;
      await sleep(500);
    }
    // Open requests may drain, which takes half as long again. This test need not wait for that, because only
    // the first reason counts.
    expect(run.counters()).toMatchObject({ sent, failed: 0 });
    expect(run.counters().inFlight).toBeGreaterThan(100);
    cancel.abort("cancelled");
    const summary = await run.ended;
    expectNothingLost({ records, summary });
    expect(summary.ended).toBe("over_saturated");
    expect(summary.stopMs).toBeLessThan(30_000);
  });
});
