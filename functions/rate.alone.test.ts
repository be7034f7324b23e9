import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { afterAll, beforeAll, expect, test } from "vitest";
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
      stop: { durationS: 3 },
      visibility: "public",
    });
    const job = await service.ended(submitted.id, 100_000);
    expect(job).toMatchObject({ state: "completed", problem: null, progress: { levelsDone: 3, levels: 3 } });
    const report = Report.parse(await (await service.get(`/v1/jobs/${job.id}/report`)).json());
    const measured = report.levels.filter((level) => level.role === "measured");
    expect(measured.map(({ requests }) => requests.due)).toEqual([30, 60, 120]);
    for (const level of measured) {
      // What a busy machine could not send before the end of its level is not sent.
      expect(level.requests).toMatchObject({ ok: level.requests.sent, failed: 0 });
      expect(level.requests.sent).toBeGreaterThan(level.requests.due / 2);
      // A busy machine may leave either open, since late reads merge chunks.
      const [fromDueMs, ttftMs] = [level.ttftFromDueMs?.p50.value ?? Infinity, level.ttftMs.p50.value ?? 0];
      expect(fromDueMs).toBeGreaterThanOrEqual(ttftMs);
      expect(level.tokensPerSPerUser.value).toBeNull();
    }
    expect(measured[0]?.offeredPerS).toBe(10);
    expect(report.verdict.capacityUnit).toBe("requestsPerS");
    const page = await (await fetch(job.links.page ?? "")).text();
    expect(page).toContain("requests/s");
  },
);
