import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { shardOf, startShard } from "@brimline/testkit/load/level";
import { forever, play, quick, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { expectNothingLost, serving } from "@brimline/testkit/load/serving";

describe("cancel", () => {
  test("cuts every open stream at once, and their records are censored", async () => {
    const endpoint = await serving(forever);
    const cancel = new AbortController();
    const { records, run } = startShard(endpoint.url, { users: 50, durationS: 60, cancel: cancel.signal });
    await expect.poll(() => run.counters().outputTokens, { timeout: 30_000 }).toBeGreaterThan(500);
    expect(run.counters()).toMatchObject({ inFlight: 50, sent: 50, ok: 0, failed: 0 });
    expect(endpoint.open()).toBe(50);
    const cancelledMs = performance.now();
    cancel.abort("cancelled");
    const summary = await run.ended;
    while (endpoint.open() > 0) await sleep(5);
    expect(performance.now() - cancelledMs).toBeLessThan(1500);
    expectNothingLost({ records, summary });
    expect(summary).toMatchObject({ ended: "cancelled", requests: { sent: 50, censored: 50 } });
    expect(records.every((record) => record.doneMs === null && record.lastMs !== null)).toBe(true);
    await sleep(200);
    expect(endpoint.seen).toHaveLength(50);
  });

  test("before T0 sends nothing", async () => {
    const endpoint = await serving(quick);
    const cancel = new AbortController();
    const { run } = startShard(endpoint.url, {
      users: 5,
      durationS: 10,
      t0UnixMs: Date.now() + 5000,
      cancel: cancel.signal,
    });
    await sleep(50);
    cancel.abort("lost_control");
    expect(await run.ended).toMatchObject({ ended: "lost_control", requests: { due: 0, sent: 0 } });
    expect(endpoint.seen).toHaveLength(0);
  });

  test("wakes users that think or back off", async () => {
    const endpoint = await serving((response) => play(response, ["no"], { status: 500 }));
    const cancel = new AbortController();
    const { run } = startShard(endpoint.url, {
      users: 3,
      durationS: 60,
      cancel: cancel.signal,
      job: { workload: { thinkTimeMs: 60_000 } },
    });
    await sleep(300);
    cancel.abort("cancelled");
    expect(await run.ended).toMatchObject({
      ended: "cancelled",
      requests: { failed: 3, censored: 0, errors: { http_5xx: 3 } },
      backoffMs: 0,
    });
  });
});

describe("an endpoint that fails", () => {
  test("one that dies ends the level within 10 s, and until then each user sends it at most three requests a second", async () => {
    const users = 5;
    const endpoint = await scriptedEndpoint(quick);
    const { records, run } = startShard(endpoint.url, { users, durationS: 60 });
    await sleep(600);
    await endpoint.close();
    const diedMs = performance.now();
    const summary = await run.ended;
    expect(performance.now() - diedMs).toBeLessThan(10_000);
    expect(summary.ended).toBe("endpoint_down");
    expectNothingLost({ records, summary });
    const lastGoodMs = Math.max(
      ...records.filter((record) => record.outcome === "ok").map((record) => record.doneMs ?? 0),
    );
    // A request that was in flight when the endpoint died was not sent after its death.
    const diedAtMs = performance.timeOrigin + diedMs - summary.t0UnixMs;
    const failedAt = records
      .filter((record) => record.outcome === "connect" && record.sentMs > diedAtMs)
      .map((record) => record.sentMs);
    const inSecondFrom = (startMs: number): number =>
      failedAt.filter((atMs) => atMs >= startMs && atMs < startMs + 1000).length;
    expect(Math.max(...failedAt.map(inSecondFrom))).toBeLessThanOrEqual(3 * users);
    expect(summary.stopMs - lastGoodMs).toBeLessThan(10_000);
    expect(summary.backoffMs).toBeGreaterThan(1000);
  });

  test("one that fails 70 % of the time is loaded to the end", async () => {
    const endpoint = await serving((response, _seen, nth) =>
      nth % 10 < 7 ? play(response, ["no"], { status: 500 }) : quick(response),
    );
    const { records, summary } = await shardOf(endpoint.url, { users: 10, durationS: 3 });
    expect(summary.ended).toBe("completed");
    expect(summary.requests.failed / summary.requests.sent).toBeGreaterThan(0.5);
    expectNothingLost({ records, summary });
  });

  test("one that answers nothing but 429 is rate limited, not down, and its Retry-After is kept", async () => {
    const endpoint = await serving((response) =>
      play(response, ["slow"], { status: 429, headers: { "retry-after": "1" } }),
    );
    const { records, summary } = await shardOf(endpoint.url, { users: 2, durationS: 2.5 });
    expect(summary).toMatchObject({
      ended: "rate_limited",
      requests: { ok: 0, errors: { http_429: summary.requests.sent } },
    });
    const own = records.filter((record) => record.user === 0);
    expect(own.slice(1).every((record, at) => record.sentMs - (own[at]?.doneMs ?? 0) >= 999)).toBe(true);
  });

  test("only the first 20 failures of a kind keep their text", async () => {
    const endpoint = await serving((response) => play(response, ["no"], { status: 500 }));
    const { records } = await shardOf(endpoint.url, { users: 30, requests: 30 });
    expect(records.filter((record) => record.errorText === "no")).toHaveLength(20);
    expect(records.filter((record) => record.errorText === null)).toHaveLength(10);
  });
});

test.each([-3_600_000, 3_600_000])(
  "a wall clock that is set by %d ms during the level changes no time of it",
  async (setMs) => {
    const endpoint = await serving(quick);
    const t0UnixMs = Date.now() + 50;
    const realNow = Date.now;
    const { records, run } = startShard(endpoint.url, { users: 2, durationS: 1, t0UnixMs });
    await expect.poll(() => run.counters().sent).toBeGreaterThan(0);
    const setAtMs = performance.now();
    const now = vi.spyOn(Date, "now").mockImplementation(() => realNow() + setMs);
    onTestFinished(() => now.mockRestore());
    const summary = await run.ended;
    expect(performance.now() - setAtMs).toBeLessThan(10_000);
    expect(summary).toMatchObject({ ended: "completed", t0UnixMs });
    // A timer may be early by a millisecond.
    expect(summary.stopMs).toBeGreaterThan(990);
    expect(summary.stopMs).toBeLessThan(10_000);
    for (const { sentMs, doneMs } of records) {
      expect(sentMs).toBeGreaterThanOrEqual(0);
      expect((doneMs ?? 0) - sentMs).toBeGreaterThanOrEqual(0);
      expect(doneMs).toBeLessThan(10_000);
    }
    expectNothingLost({ records, summary });
  },
);

describe("limits of the job end the level", () => {
  test("maxRequests", async () => {
    const endpoint = await serving(quick);
    const { summary } = await shardOf(endpoint.url, {
      users: 3,
      durationS: 30,
      job: { limits: { maxRequests: 7 } },
    });
    expect(summary).toMatchObject({ ended: "budget", requests: { sent: 7, ok: 7 } });
    expect(endpoint.seen).toHaveLength(7);
  });

  test("maxOutputTokens is never exceeded by an endpoint that keeps to the asked length", async () => {
    const endpoint = await serving(quick);
    const { summary } = await shardOf(endpoint.url, {
      users: 2,
      durationS: 30,
      job: { workload: { outputTokens: 3 }, limits: { maxOutputTokens: 20 } },
    });
    expect(summary).toMatchObject({ ended: "budget", requests: { sent: 6 }, outputTokens: 18 });
  });

  test("maxOutputTokens does not end a level whose answers have no output tokens", async () => {
    const vector = JSON.stringify({ data: [{ embedding: [0.5] }], usage: { prompt_tokens: 3 } });
    const endpoint = await serving((response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(vector),
    );
    const { summary } = await shardOf(endpoint.url, {
      users: 2,
      requests: 6,
      job: { endpoint: { url: "", model: "m", api: "embeddings" }, limits: { maxOutputTokens: 20 } },
    });
    expect(summary).toMatchObject({ ended: "completed", requests: { sent: 6, ok: 6 }, outputTokens: 0 });
  });
});
