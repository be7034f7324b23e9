import { rateLoad } from "@brimline/core/load/rate";
import type { RequestRecord } from "@brimline/core/record/record";
import { type ChildProcess, fork } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shardOf, type Wanted } from "@brimline/testkit/load/level";

/** The endpoint has its own process, so that the error measured here is the load generator's alone. */
let sim: ChildProcess;
let url: string;

beforeAll(async () => {
  sim = fork(fileURLToPath(import.meta.resolve("@brimline/sim/main")), ["--preset", "a40-8b"], {
    silent: true,
  });
  if (sim.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: sim.stdout })) {
    url = /(http\S+)$/.exec(line)?.[1] ?? "";
    break;
  }
});
afterAll(() => sim.kill("SIGKILL"));

const job = (outputTokens: number): NonNullable<Wanted["job"]> => ({
  endpoint: { url: "", model: "sim-8b" },
  workload: { inputTokens: 8, outputTokens },
});

/**
 * The mean number of requests in flight between two times, rebuilt from when each request was sent and done.
 */
function meanInFlight(records: RequestRecord[], fromMs: number, toMs: number): number {
  const overlaps = records.map(({ sentMs, doneMs }) =>
    Math.max(0, Math.min(doneMs ?? Infinity, toMs) - Math.max(sentMs, fromMs)),
  );
  return overlaps.reduce((sum, ms) => sum + ms, 0) / (toMs - fromMs);
}

/**
 * `npm run bench -- --scenarios delivered` measures this for longer, with more users, shards and kinds of
 * arrival.
 */
test("a closed loop of 50 users has at least 99 in 100 of them in flight", async () => {
  const users = 50;
  const { records, summary } = await shardOf(url, {
    users,
    durationS: 2.5,
    rampS: 0.5,
    t0UnixMs: Date.now() + 300,
    job: job(20),
  });
  expect(summary.requests.failed).toBe(0);
  expect(meanInFlight(records, 1000, summary.stopMs)).toBeGreaterThanOrEqual(0.99 * users);
});

/**
 * On a shared machine an event loop is held up for longer than any timer is wrong, and nothing can be sent in
 * time meanwhile.
 */
test("an open loop of 100 requests/s over two shards sends 99 % of its requests within 1 ms of due, plus what its event loop was held up by", async () => {
  const load = rateLoad({ rate: 100 });
  const wanted: Wanted = {
    load,
    durationS: 2.5,
    shards: 2,
    t0UnixMs: Date.now() + 300,
    largestE2eMs: 700,
    job: job(10),
  };
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const shards = await Promise.all([0, 1].map((shard) => shardOf(url, { ...wanted, shard })));
  loop.disable();
  const records = shards.flatMap((shard) => shard.records);
  expect(records).toHaveLength(250);
  const lags = records.map(({ sentMs, dueMs }) => sentMs - dueMs).toSorted((a, b) => a - b);
  expect(lags[0]).toBeGreaterThanOrEqual(0);
  expect(lags[125]).toBeLessThan(1);
  // A request may wait for its timer, and then for the turn in which it is sent.
  expect(lags[247]).toBeLessThan(Math.max(1, (2 * loop.max) / 1e6));
});
