import { shardOf } from "@brimline/testkit/load/level";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { expect, test } from "vitest";
import { benchLevel } from "../shards/start.ts";
import { ourFigures, ourLevel, wholeRunFigures } from "./ours.ts";

test("our row has the report's figures, and beside it those of all requests", async () => {
  const endpoint = await startEndpoint({ preset: PRESETS.quick });
  const [users, requests] = [2, 30];
  const workload = { inputTokens: 16, outputTokens: 8 };
  const done = await shardOf(endpoint.url, {
    users,
    requests,
    job: { endpoint: { url: "", model: "sim-quick" }, workload },
  });
  await endpoint.close();
  const [plan] = benchLevel(
    endpoint.url,
    1,
    { kind: "concurrency", users },
    { durationS: null, requests },
    { workload },
  );
  if (plan === undefined) throw new Error("no shard");
  const report = ourFigures(ourLevel(plan, done));
  expect(report).toMatchObject({ requests, failed: 0, outputTokens: 8 * requests });
  expect(report.outputTokensPerS).toBeGreaterThan(0);
  const ttfts = done.records.map(({ firstMs, sentMs }) => (firstMs ?? Number.NaN) - sentMs);
  const whole = wholeRunFigures(report, done);
  expect(whole.ttftMs.mean).toBeCloseTo(ttfts.reduce((sum, ms) => sum + ms, 0) / requests, 6);
  expect(whole.tpotMs.p99).toBeGreaterThanOrEqual(whole.tpotMs.p50 ?? Infinity);
  expect(whole.outputTokens).toBe(report.outputTokens);
});
