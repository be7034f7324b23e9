import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcomeAfter } from "./job/outcome.ts";
import type { EndedLevel } from "./objects/ended-levels.ts";
import { shardsOf } from "./job/next-level.ts";
import { workshop, type SpawnedService } from "@brimline/testkit/functions/workshop";

const shop = workshop();
let service: SpawnedService;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;

beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick });
  service = await shop.service(await shop.folder());
});
afterAll(async () => {
  await shop.close();
  await endpoint.close();
});

test(
  "a job by rate becomes a report with a capacity in requests per second, and a page",
  { timeout: 180_000 },
  async () => {
    const submitted = await service.submit({
      endpoint: { url: endpoint.url, model: "sim-quick" },
      workload: { inputTokens: 16, outputTokens: 8 },
      levels: [
        { rate: 10, arrival: "constant" },
        { rate: 20 },
        { rate: 40, arrival: "gamma", burstiness: 0.5 },
      ],
      stop: { durationS: 4 },
      visibility: "public",
    });
    const job = await service.ended(submitted.id, 100_000);
    expect(job).toMatchObject({ state: "completed", problem: null, progress: { levelsDone: 3, levels: 3 } });
    const report = Report.parse(await (await service.get(`/v1/jobs/${job.id}/report`)).json());
    const measured = report.levels.filter((level) => level.role === "measured");
    expect(measured.map(({ requests }) => requests)).toMatchObject([
      { due: 40, sent: 40, ok: 40 },
      { due: 80, sent: 80, ok: 80 },
      { due: 160, sent: 160, ok: 160 },
    ]);
    for (const level of measured) {
      expect(level.ttftFromDueMs?.max).toBeGreaterThanOrEqual(level.ttftMs.max ?? Infinity);
      expect(level.tokensPerSPerUser.value).toBeNull();
    }
    expect(measured[0]?.offeredPerS).toBe(10);
    expect(report.verdict.capacityUnit).toBe("requestsPerS");
    const page = await (await fetch(job.links.page ?? "")).text();
    expect(page).toContain("requests/s");
  },
);

describe("a level whose rate the endpoint could not keep up with", () => {
  const ended = (isSaturated: boolean) => [
    {
      end: { state: "stopped", problem: null, plan: { role: "measured" }, summary: { isSaturated } },
      shards: [],
    },
  ];
  test("is an answer: the job goes on", () =>
    expect(outcomeAfter(ended(true) as unknown as EndedLevel[])).toBeNull());
  test("any other level that was stopped ends it", () =>
    expect(outcomeAfter(ended(false) as unknown as EndedLevel[])).not.toBeNull());
});

describe("a level by rate is laid out", () => {
  const rules = { maxShards: 4, usersPerShard: 250 };
  test.each<[string, number, number | null, number]>([
    ["by what it has in flight: 100/s × 6 s", 100, 6000, 3],
    ["by its rate, where answers are short", 1200, 50, 3],
    ["over no more shards than there may be", 5000, 6000, 4],
    ["by a guess, before the warm-up told", 10, null, 1],
  ])("%s", (_, ratePerS, e2eMs, shards) =>
    expect(shardsOf({ kind: "rate", ratePerS, arrival: "poisson", burstiness: null }, e2eMs, rules)).toBe(
      shards,
    ),
  );
});
