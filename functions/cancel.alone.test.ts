import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { workshop } from "@brimline/testkit/functions/workshop";
import type { SpawnedService } from "@brimline/testkit/functions/workshop";

const shop = workshop();
let service: SpawnedService;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
beforeAll(async () => {
  service = await shop.service(await shop.folder());
});
afterAll(() => shop.close());

const job = (more: object) => ({
  endpoint: { url: endpoint.url, model: "sim-quick" },
  workload: { inputTokens: 16, outputTokens: 8 },
  warmup: { users: 1, requests: 2 },
  visibility: "private",
  ...more,
});

const reportOf = async (id: string): Promise<Report> =>
  Report.parse(await (await service.get(`/v1/jobs/${id}/report`)).json());
const statesOf = (report: Report) => report.levels.map((level) => [level.id, level.state]);

describe("a job that is cancelled", () => {
  beforeAll(async () => {
    endpoint = await startEndpoint({ preset: PRESETS.quick });
  });
  afterAll(() => endpoint.close());

  test(
    "during its second level has no request open 3 s later, and reports the first; one that waits never begins",
    { timeout: 180_000 },
    async () => {
      const { id } = await service.submit(
        job({ levels: [2, 50], stop: { durationS: 2 }, workload: { inputTokens: 16, outputTokens: 150 } }),
      );
      const waiting = await service.submit(job({ levels: [1], stop: { durationS: 1 } }));
      await service.cancel(waiting.id);
      await service.until(id, ({ progress }) => progress.levelId === "l02" && progress.inFlight > 0);
      expect(endpoint.state().open).toBeGreaterThan(0);
      expect((await service.cancel(id)).status).toBe(200);
      const askedMs = performance.now();
      await expect.poll(() => endpoint.state().open, { timeout: 5000, interval: 20 }).toBe(0);
      expect(performance.now() - askedMs).toBeLessThan(3000);
      expect(await service.ended(id)).toMatchObject({ state: "cancelled", problem: { code: "cancelled" } });
      const { requests } = endpoint.state();
      expect(await service.ended(waiting.id)).toMatchObject({ state: "cancelled", links: { report: null } });
      expect(endpoint.state().requests).toBe(requests);
      const report = await reportOf(id);
      expect(report.state).toBe("cancelled");
      expect(statesOf(report)).toEqual([
        ["warmup", "completed"],
        ["l01", "completed"],
        ["l02", "cancelled"],
      ]);
      expect((await service.cancel(id)).status).toBe(200);
    },
  );

  test("while it waits for its endpoint ends at once", { timeout: 180_000 }, async () => {
    const loading = await scriptedEndpoint((response) => response.writeHead(503).end("Loading model"));
    const { id } = await service.submit(
      job({ endpoint: { url: loading.url, model: "m" }, levels: [1], waitS: 600 }),
    );
    await service.until(id, ({ progress }) => progress.waiting?.waitsFor === "endpoint");
    const askedMs = performance.now();
    await service.cancel(id);
    expect(await service.ended(id)).toMatchObject({ state: "cancelled", links: { report: null } });
    expect(performance.now() - askedMs).toBeLessThan(3000);
    await loading.close();
  });

  test("in its idle time ends at once", { timeout: 180_000 }, async () => {
    const { id } = await service.submit(job({ levels: [1], idleS: 60 }));
    await service.until(id, ({ state }) => state === "preflight");
    await sleep(1500);
    const askedMs = performance.now();
    await service.cancel(id);
    expect(await service.ended(id)).toMatchObject({ state: "cancelled" });
    expect(performance.now() - askedMs, "far less than the idle time").toBeLessThan(20_000);
  });
});

describe("an endpoint that dies during a level", () => {
  test("ends the job partial with the levels before", { timeout: 180_000 }, async () => {
    endpoint = await startEndpoint({ preset: PRESETS.quick });
    const { id } = await service.submit(job({ levels: [2, 4], stop: { requests: 60 } }));
    await service.until(id, ({ progress }) => progress.levelId === "l02");
    await expect.poll(() => endpoint.state().open, { interval: 5 }).toBeGreaterThan(0);
    await endpoint.close();
    const diedMs = performance.now();
    expect(await service.ended(id)).toMatchObject({
      state: "partial",
      problem: { code: "endpoint_down" },
      progress: { levelsDone: 2 },
    });
    expect(performance.now() - diedMs).toBeLessThan(15_000);
    expect(statesOf(await reportOf(id))).toEqual([
      ["warmup", "completed"],
      ["l01", "completed"],
      ["l02", "stopped"],
    ]);
  });
});
