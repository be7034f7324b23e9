import { describe, expect, test } from "vitest";
import { drainMs } from "./sending.ts";
import { shardOf, startShard } from "@brimline/testkit/load/level";
import { DONE, play, quick, STOP, word } from "@brimline/testkit/load/scripted";
import { expectNothingLost, serving } from "@brimline/testkit/load/serving";
import { REQUEST_LIMITS } from "../request/request.ts";

describe("a level by duration", () => {
  test("users start on the ramp, send one request after another and stop together", async () => {
    const endpoint = await serving(quick);
    const { records, summary } = await shardOf(endpoint.url, {
      users: 4,
      durationS: 1,
      rampS: 0.4,
      t0UnixMs: Date.now() + 1000,
    });
    expectNothingLost({ records, summary });
    const first = [0, 1, 2, 3].map((user) => records.find((record) => record.user === user));
    expect(first.map((record) => record?.dueMs)).toEqual([0, 100, 200, 300]);
    expect(
      first.every(
        (record) => record !== undefined && record.sentMs >= record.dueMs && record.connectMs === null,
      ),
    ).toBe(true);
    for (const user of [0, 1, 2, 3]) {
      const own = records.filter((record) => record.user === user);
      // Without think time a request is due when the request before it is done.
      expect(own.slice(1).map((record) => record.dueMs)).toEqual(
        own.slice(0, -1).map((record) => record.doneMs),
      );
      expect(own.slice(1).every((record) => record.connectionReused)).toBe(true);
    }
    expect(summary).toMatchObject({
      ended: "completed",
      rampEndMs: 400,
      users: 4,
      levelUsers: 4,
      firstIdleMs: null,
      backoffMs: 0,
    });
    expect(summary.requests).toMatchObject({ failed: 0, censored: 0, errors: {} });
    expect(summary.stopMs).toBeGreaterThanOrEqual(1399);
    expect(Math.max(...records.map((record) => record.sentMs))).toBeLessThanOrEqual(summary.stopMs);
    expect(summary.drainEndMs).toBeGreaterThanOrEqual(
      Math.max(...records.map((record) => record.doneMs ?? 0)),
    );
    expect(summary.outputTokens).toBe(3 * summary.requests.ok);
    expect(summary.medianE2eMs).toBeGreaterThan(55);
    expect(endpoint.open()).toBe(0);
  });

  test("a connection that is held open after an answer is done holds up neither its user nor the end", async () => {
    const endpoint = await serving((response) => play(response, [20, word("a"), STOP, DONE, 60_000]));
    const { records, summary } = await shardOf(endpoint.url, { users: 2, requests: 12 });
    expectNothingLost({ records, summary });
    expect(summary.requests).toMatchObject({ ok: 12, censored: 0 });
    expect(records.every(({ closeCut }) => closeCut)).toBe(true);
    // The connections of the first answers were still open when the last was done.
    expect(Math.max(...records.map(({ sentMs, dueMs }) => sentMs - dueMs))).toBeLessThan(
      REQUEST_LIMITS.closeMs,
    );
    expect(summary.drainEndMs).toBeLessThan(6 * REQUEST_LIMITS.closeMs);
    await expect.poll(() => endpoint.open()).toBe(0);
  });

  test("a user thinks between its requests", async () => {
    const endpoint = await serving(quick);
    const { records } = await shardOf(endpoint.url, {
      users: 1,
      durationS: 1,
      job: { workload: { thinkTimeMs: 150 } },
    });
    const pauses = records.slice(1).map((record, at) => record.sentMs - (records[at]?.doneMs ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(150);
  });

  test("a shard that is called after T0 begins at once and says how late it was", async () => {
    const endpoint = await serving(quick);
    const askedUnixMs = Date.now() - 700;
    const { records, summary } = await shardOf(endpoint.url, {
      users: 1,
      requests: 1,
      t0UnixMs: askedUnixMs,
    });
    expect(summary.startLagMs).toBeGreaterThanOrEqual(700);
    expect(summary.t0UnixMs - askedUnixMs).toBeGreaterThanOrEqual(700);
    expect(records[0]?.sentMs).toBeLessThan(500);
  });
});

describe("a level by number of requests", () => {
  test("two shards send exactly that many, each index once", async () => {
    const endpoint = await serving(quick);
    const t0UnixMs = Date.now() + 150;
    const halves = await Promise.all(
      [0, 1].map((shard) => shardOf(endpoint.url, { users: 5, requests: 23, shard, shards: 2, t0UnixMs })),
    );
    const all = halves.flatMap(({ records }) => records);
    expect(all.map((record) => record.index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, index) => index),
    );
    expect(new Set(all.map((record) => record.user))).toEqual(new Set([0, 1, 2, 3, 4]));
    for (const { summary, records } of halves) {
      expect(records.every((record) => record.index % 2 === summary.shard)).toBe(true);
      expect(summary.ended).toBe("completed");
      // Sending stopped with the last request. A user that found none left was idle from then on.
      expect(summary.firstIdleMs).toBeGreaterThan(summary.stopMs);
      expect(summary.stopMs).toBeLessThanOrEqual(Math.max(...records.map((record) => record.sentMs)));
    }
    expect(endpoint.seen).toHaveLength(23);
  });

  test("the same seed sends the same prompts, however many shards there are", async () => {
    const endpoint = await serving(quick);
    const promptsOf = async (shards: number): Promise<unknown[]> => {
      endpoint.seen.length = 0;
      await Promise.all(
        Array.from({ length: shards }, (_, shard) =>
          shardOf(endpoint.url, { users: 3, requests: 6, shard, shards }),
        ),
      );
      return endpoint.seen.map((seen) => JSON.stringify(seen.body["messages"])).sort();
    };
    expect(await promptsOf(1)).toEqual(await promptsOf(3));
  });

  test("fewer requests than users leave users idle from their start", async () => {
    const endpoint = await serving((response) => play(response, [word("a"), 400, word("b"), STOP, DONE]));
    const { records, summary } = await shardOf(endpoint.url, { users: 4, requests: 2 });
    expect(summary.requests).toMatchObject({ due: 2, sent: 2, ok: 2 });
    expect(summary.firstIdleMs).toBeLessThan(Math.min(...records.map(({ doneMs }) => doneMs ?? 0)));
  });
});

test.each([
  ["at least 30 s", 2000, 30_000],
  ["three times the largest latency seen", 20_000, 60_000],
])("a level may drain for %s", (_fact, largestE2eMs, expected) =>
  expect(drainMs(largestE2eMs)).toBe(expected),
);

test("what is open when a level's time is over is cut, even if it might still drain", async () => {
  const endpoint = await serving((response) => void response.writeHead(200).write(": hold on\n\n"));
  const { summary } = await shardOf(endpoint.url, { users: 2, durationS: 0.2, endMs: 700 });
  expect(summary).toMatchObject({ ended: "completed", requests: { sent: 2, censored: 2 } });
  expect(summary.stopMs).toBeLessThan(700);
  expect(summary.drainEndMs).toBeGreaterThanOrEqual(699);
  expect(summary.drainEndMs).toBeLessThan(20_000);
});

test("an endpoint that the guard refuses is an error of the job, not a record", () => {
  expect(() => startShard("http://169.254.169.254/v1", { users: 1, requests: 1 })).toThrow(/refused/);
});
