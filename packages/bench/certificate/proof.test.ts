import { mergedChunks } from "@brimline/core/record/columns/merged";
import type { Certificate } from "@brimline/core/record/record";
import { shardOf } from "@brimline/testkit/load/level";
import { knownCertificate } from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import { benchLevel } from "../shards/start.ts";
import { STREAM } from "../truth/parameters.ts";
import { logOf, startTruth } from "../truth/start.ts";
import { errorsTogether, printedBy, provenErrors, standing } from "./proof.ts";

const SHORT = { ...STREAM, n: 5, ttftUs: 5000, gapUs: 5000 };
const USERS = 3;

test("each request that ran while all users did is found in the server's log and compared with it", async () => {
  const truth = await startTruth(SHORT, { core: null, realtime: false });
  const url = `http://127.0.0.1:${truth.port}/v1`;
  const workload = { inputTokens: 16, outputTokens: SHORT.n };
  const [plan] = benchLevel(
    url,
    1,
    { kind: "concurrency", users: USERS },
    { durationS: 1, requests: null },
    { workload },
  );
  if (plan === undefined) throw new Error("no shard");
  const job = { endpoint: { url, model: plan.spec.endpoint.model }, workload };
  const done = await shardOf(url, { users: USERS, durationS: 1, job });
  const log = await logOf(truth.port);
  await truth.stop();
  const { exact, all } = provenErrors({ ...plan, seed: "seed" }, { ...done, t0ClockMs: 0 }, log);
  const requests = all.ttftMs.length;
  expect(requests).toBeGreaterThan(0);
  expect(all.lagMs).toHaveLength(requests * SHORT.n);
  expect(all.gapMs).toHaveLength(requests * (SHORT.n - 1));
  const withTheirTime = done.records.flatMap(({ gapsUs, merged }) => gapsUs.slice(mergedChunks(merged)));
  expect(exact.lagMs.length).toBeLessThanOrEqual(Math.min(withTheirTime.length, all.lagMs.length));
  // The result does not depend on where the clocks' zeros lie. Nothing is seen before it was asked for, as far as
  // clocks can tell.
  expect(all.ttftMs[0]).toBeGreaterThan(-0.05);
  expect(() => provenErrors({ ...plan, seed: "another" }, { ...done, t0ClockMs: 0 }, log)).toThrow(
    "the server never saw request",
  );
});

test("errors of all shards are one distribution", () => {
  const of = (...ms: number[]) => ({
    ttftMs: Float64Array.from(ms),
    lagMs: Float64Array.from(ms),
    gapMs: new Float64Array(),
  });
  const errors = errorsTogether([of(1, 2), of(3)]);
  expect(errors.lagMs).toMatchObject({ p50: 2, max: 3 });
  expect(errors.gapMs).toBeNull();
});

test("the worst of several certificates counts; without one nothing is printed", () => {
  const of = (ms: number): Certificate =>
    knownCertificate({ addedTtftP50Ms: ms, addedTtftP99Ms: 2 * ms, addedTtftMaxMs: 3 * ms });
  expect(printedBy([{ certificate: of(2) }, { certificate: of(1) }]).ttftMs).toEqual({
    p50: 2,
    p99: 4,
    max: 6,
  });
  expect(printedBy([{ certificate: null }])).toEqual({ ttftMs: null, lagMs: null, gapMs: null });
});

describe("a printed p99 against a proven one", () => {
  test.each([
    ["within 0.1 ms", 0.15, 0.06, "equal"],
    ["within 20 % of what is proven", 8.1, 10, "equal"],
    ["lower by more", 7.9, 10, "too low"],
    ["higher by more", 12.1, 10, "too high"],
  ])("%s", (_, printedMs, provenMs, expected) => expect(standing(printedMs, provenMs)).toBe(expected));
});
