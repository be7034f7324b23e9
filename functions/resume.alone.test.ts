import { AttemptStart, LevelEnd } from "@brimline/core/job/level/attempt";
import { Report } from "@brimline/core/report/schema";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import { LOAD_FLAGS } from "@brimline/load/priority";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shardRecords } from "./objects/records.ts";
import { readObject } from "./objects/object.ts";
import { spawnStart, workshop, type SpawnedService } from "@brimline/testkit/functions/workshop";

const shop = workshop();
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
beforeAll(async () => {
  endpoint = await startEndpoint({ preset: PRESETS.quick });
});
afterAll(async () => {
  await shop.close();
  await endpoint.close();
});

const job = (more: object = {}) => ({
  endpoint: { url: endpoint.url, model: "sim-quick" },
  workload: { inputTokens: 16, outputTokens: 8 },
  warmup: { users: 1, requests: 1 },
  levels: [2, 4],
  stop: { durationS: 1 },
  visibility: "private",
  ...more,
});

const storeOf = (dataDir: string) => diskStore(`${dataDir}/objects`);

/** The attempts at a level that were begun, and the one that ended it. */
async function attemptsOf(
  dataDir: string,
  id: string,
  level: string,
): Promise<{ begun: number; finished: number[] }> {
  const store = storeOf(dataDir);
  let begun = 0;
  const finished: number[] = [];
  for (let attempt = 1; ; attempt++) {
    const prefix = keys.attemptKey(id, level, 0, attempt);
    if ((await readObject(store, keys.attemptStart(prefix), AttemptStart)) === null)
      return { begun, finished };
    begun++;
    if ((await readObject(store, keys.levelEnd(prefix), LevelEnd)) !== null) finished.push(attempt);
  }
}

const running = (service: SpawnedService, id: string, level: string) =>
  service.until(id, ({ progress }) => progress.levelId === level && endpoint.state().open > 0);

/** Expects that within a second no request is open at the endpoint, and that none reaches it from then on. */
async function expectQuiet(): Promise<void> {
  await expect.poll(() => endpoint.state().open, { timeout: 1000 }).toBe(0);
  const { requests } = endpoint.state();
  await sleep(1000);
  expect(endpoint.state().requests).toBe(requests);
}

describe("a service that is killed in the second level (kill -9 of its pid alone)", () => {
  test(
    "leaves no load behind, and its next start finishes the job without repeating the first level or counting anything twice",
    { timeout: 180_000 },
    async () => {
      const dataDir = await shop.folder();
      const first = await shop.service(dataDir);
      // A level of 4 s is killed in its first half, so load that outlived the service would still go on when it
      // is looked for.
      const { id } = await first.submit(
        job({ workload: { inputTokens: 16, outputTokens: 200 }, stop: { durationS: 4 } }),
      );
      await running(first, id, "l02");
      const before = await attemptsOf(dataDir, id, "l01");
      await first.end("SIGKILL");
      await sleep(1000);
      await expectQuiet();
      const cut = endpoint.log.length;

      const second = await shop.service(dataDir);
      const ended = await second.ended(id);
      expect(ended).toMatchObject({ state: "completed", progress: { levelsDone: 2 } });
      expect(await attemptsOf(dataDir, id, "l01")).toEqual(before);
      expect(await attemptsOf(dataDir, id, "l02")).toEqual({ begun: 2, finished: [2] });

      const report = Report.parse(await (await second.get(`/v1/jobs/${id}/report`)).json());
      const records = await shardRecords(storeOf(dataDir), keys.records(keys.attemptKey(id, "l02", 0, 2), 0));
      expect(report.levels.map((level) => level.id)).toEqual(["warmup", "l01", "l02"]);
      expect(report.levels[2]?.requests.sent).toBe(records.length);
      expect(records.length).toBe(endpoint.log.length - cut);
    },
  );
});

describe("a service that gets SIGTERM during a level", () => {
  test(
    "ends its load and exits with 0 within 5 s, and its next start finishes the job",
    { timeout: 180_000 },
    async () => {
      const dataDir = await shop.folder();
      const first = await shop.service(dataDir);
      const { id } = await first.submit(job({ levels: [2] }));
      await running(first, id, "l01");
      const askedMs = performance.now();
      expect(await first.end("SIGTERM")).toBe(0);
      expect(performance.now() - askedMs).toBeLessThan(5000);
      await expectQuiet();
      const second = await shop.service(dataDir);
      expect(await second.ended(id)).toMatchObject({ state: "completed" });
      expect(await attemptsOf(dataDir, id, "l01")).toEqual({ begun: 2, finished: [2] });
    },
  );
});

/** Kills all of these processes. */
async function killWorkers(service: SpawnedService): Promise<void> {
  for (const pid of await service.workers()) process.kill(pid, "SIGKILL");
}

/** The report has a worker of its own, which starts when there is something to do, without the flags of the others. */
async function reportWorkers(service: SpawnedService): Promise<number[]> {
  const commands = await Promise.all(
    (await service.workers()).map(async (pid) => ({
      pid,
      command: await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    })),
  );
  return commands.flatMap(({ pid, command }) =>
    command.includes("worker.ts") && LOAD_FLAGS.every((flag) => !command.includes(flag)) ? [pid] : [],
  );
}

// A worker's death leaves the service as it was, so these share one.
describe("a service that lives on", () => {
  let dataDir: string;
  let service: SpawnedService;
  beforeAll(async () => {
    dataDir = await shop.folder();
    service = await shop.service(dataDir);
  });

  test("loses one attempt with a worker that is killed during a level, of which nothing counts, and none with one that is killed before or after it", async () => {
    const { id } = await service.submit(job({ levels: [2] }));
    // The endpoint is in this process, so what is open now is open when the worker dies.
    await expect.poll(() => endpoint.state().open, { interval: 1 }).toBeGreaterThan(0);
    await killWorkers(service);
    await running(service, id, "l01");
    await killWorkers(service);
    await expect.poll(() => reportWorkers(service), { interval: 10 }).not.toEqual([]);
    await killWorkers(service);
    expect(await service.ended(id)).toMatchObject({ state: "completed" });
    expect(await attemptsOf(dataDir, id, "l01")).toEqual({ begun: 2, finished: [2] });
    for (const step of [/preflight/, /shard/, /aggregate|publish/]) {
      expect(service.log.join("\n")).toMatch(
        new RegExp(`the worker process that ran (${step.source}) ended \\(SIGKILL\\)`),
      );
    }
  });

  test("ends the job as failed with shards_lost when workers of its level are killed three times", async () => {
    const { id } = await service.submit(job({ levels: [2] }));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await running(service, id, "l01");
      await killWorkers(service);
      await expect.poll(() => endpoint.state().open).toBe(0);
    }
    expect(await service.ended(id)).toMatchObject({ state: "failed", problem: { code: "shards_lost" } });
    expect((await attemptsOf(dataDir, id, "l01")).begun).toBe(3);
  });

  test("has its data folder for itself, and a second one says where the first is and exits with 1", async () => {
    const { child, log } = spawnStart(dataDir);
    const [code] = await once(child, "exit");
    expect(code).toBe(1);
    expect(log.join("\n")).toContain(`it listens on ${service.url}`);
  });
});

test("a data folder that cannot be used is refused at the start, with what to do", async () => {
  const { child, log } = spawnStart("/dev/null/data");
  const [code] = await once(child, "exit");
  expect(code).toBe(1);
  expect(log.join("\n")).toMatch(/is not a folder or lies inside a file: name another folder/);
});
