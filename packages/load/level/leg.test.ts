import type { Leg } from "@brimline/core/job/leg";
import { afterEach, describe, expect, test } from "vitest";
import { shardOf, type Wanted } from "@brimline/testkit/load/level";
import { quick, type Scripted, scriptedEndpoint } from "@brimline/testkit/load/scripted";

let endpoint: Scripted;
afterEach(() => endpoint.close());

const LEGS: Leg[] = [
  { number: 0, startMs: 0, endMs: 400, rampMs: 0 },
  { number: 1, startMs: 400, endMs: 800, rampMs: 100 },
];

/** One shard for each leg, of a level whose T0 is near. */
const legsOf = (wanted: Wanted, legs = LEGS) => {
  const t0UnixMs = Date.now() + 300;
  return Promise.all(legs.map((leg) => shardOf(endpoint.url, { durationS: 0.8, t0UnixMs, ...wanted, leg })));
};

describe("two legs of a level", () => {
  test("share its T0 and send no prompt twice; the second one's users begin over its ramp", async () => {
    endpoint = await scriptedEndpoint(quick);
    const [first, second] = await legsOf({ users: 4, job: { workload: { inputTokens: 20 } } });
    expect(first?.summary.t0UnixMs).toBe(second?.summary.t0UnixMs);
    expect([first?.summary.leg, second?.summary.leg]).toEqual(LEGS);
    const records = [first, second].flatMap((leg) => leg?.records ?? []);
    expect(new Set(records.map(({ index }) => index)).size).toBe(records.length);
    expect(new Set(endpoint.seen.map(({ body }) => JSON.stringify(body))).size).toBe(records.length);
    const begun = [0, 1, 2, 3].map((user) =>
      Math.min(...(second?.records ?? []).filter((record) => record.user === user).map(({ dueMs }) => dueMs)),
    );
    expect(begun).toEqual([400, 425, 450, 475]);
    expect(second?.records.length).toBeGreaterThan(4);
  });

  test("come by one schedule, where they come by rate", async () => {
    endpoint = await scriptedEndpoint(quick);
    const legs = await legsOf({ load: { kind: "rate", ratePerS: 50, arrival: "poisson", burstiness: null } });
    const [first, second] = legs.map(({ records }) =>
      records.map(({ index }) => index).toSorted((a, b) => a - b),
    );
    expect([...(first ?? []), ...(second ?? [])]).toEqual(
      Array.from({ length: (first?.length ?? 0) + (second?.length ?? 0) }, (_, index) => index),
    );
    expect(legs.reduce((sum, { summary }) => sum + summary.requests.due, 0)).toBe(40);
    expect(second?.length).toBeGreaterThan(0);
  });

  test("one that is late keeps the level's T0: its users begin when it is there, and it says how late it was", async () => {
    endpoint = await scriptedEndpoint(quick);
    const t0UnixMs = Date.now() - 5000;
    const { records, summary } = await shardOf(endpoint.url, {
      users: 2,
      durationS: 6,
      t0UnixMs,
      leg: { number: 1, startMs: 4000, endMs: 5600, rampMs: 0 },
    });
    expect(summary.t0UnixMs).toBe(t0UnixMs);
    expect(summary.startLagMs).toBeGreaterThanOrEqual(1000);
    expect(Math.min(...records.map(({ dueMs }) => dueMs))).toBeGreaterThanOrEqual(5000);
    expect(Math.max(...records.map(({ sentMs, dueMs }) => sentMs - dueMs))).toBeLessThan(1000);
  });

  test("one whose level has ended elsewhere ends at once, with the same word and without a request", async () => {
    endpoint = await scriptedEndpoint(quick);
    const leg: Leg = { number: 1, startMs: 60_000, endMs: 120_000, rampMs: 0 };
    const { summary } = await shardOf(endpoint.url, {
      users: 2,
      durationS: 120,
      leg,
      cancel: AbortSignal.abort("over_saturated"),
    });
    expect(summary).toMatchObject({ ended: "over_saturated", requests: { due: 0, sent: 0 } });
  });
});
