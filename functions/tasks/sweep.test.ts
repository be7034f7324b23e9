import { REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { openService } from "../local/home.ts";
import { createObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { sweepTask } from "./sweep.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-sweep-"));
afterAll(() => rm(dataDir, { recursive: true }));

const rethrow = (error: unknown): never => {
  throw error;
};

const NOTHING_DUE = { jobOf: () => "", submit: async () => null };

describe("the sweep", () => {
  test("goes on when one object cannot be read, one job not started and one event not delivered", async () => {
    const service = await openService(homeOf(await mkdtemp(join(dataDir, "bad-"))));
    for (const id of ["a", "b"]) await acceptJob(service, id);
    await createObject(service.data, keys.open("damaged"), {});
    await createObject(service.data, keys.spec("damaged"), { schema: "brimline.spec/0" });
    for (const sequence of [1, 2, 3]) await createObject(service.data, keys.outbox("a", sequence), {});
    await createObject(service.data, keys.delivery("a", 1, 1), { schema: "brimline.delivery/0" });
    const told: number[] = [];
    const faults: string[] = [];
    await sweepTask(service, {
      async startJobs(jobs) {
        throw new Error(
          `no workflow for ${jobs
            .map(({ id }) => id)
            .toSorted()
            .join(" and ")}`,
        );
      },
      async notify({ sequence }) {
        if (sequence === 2) throw new Error("no function");
        told.push(sequence);
      },
      publish: async () => {},
      due: NOTHING_DUE,
      logError: (error) => void faults.push(String(error)),
    });
    expect(told).toEqual([3]);
    expect(faults).toHaveLength(4);
    expect(faults).toEqual(expect.arrayContaining(["Error: no workflow for a and b", "Error: no function"]));
  });

  test("starts unfinished jobs in the order of their submission, no unaccepted ones, and tries due deliveries", async () => {
    const service = await openService(homeOf(dataDir));
    for (const [id, createdAt] of [
      ["b", "2026-01-01T00:00:02.000Z"],
      ["a", "2026-01-01T00:00:03.000Z"],
      ["c", "2026-01-01T00:00:01.000Z"],
    ] as const) {
      await acceptJob(service, id, {}, createdAt);
    }
    await createObject(service.data, keys.open("unaccepted"), {
      id: "unaccepted",
      createdAt: new Date().toISOString(),
    });
    await createObject(service.data, keys.outbox("c", 3), {});
    const started: string[] = [];
    const told: string[] = [];
    await sweepTask(service, {
      startJobs: async (jobs) => void started.push(...jobs.map(({ id }) => id)),
      notify: async ({ jobId, sequence }) => void told.push(`${jobId}/${sequence}`),
      publish: async () => {},
      due: NOTHING_DUE,
      logError: rethrow,
    });
    expect(started).toEqual(["c", "b", "a"]);
    expect(told).toEqual(["c/3"]);
  });

  test("removes a submission that was not accepted within an hour, with its sealed keys, and no younger one", async () => {
    const service = await openService(homeOf(await mkdtemp(join(dataDir, "left-"))));
    const of = (id: string): string[] => [keys.open(id), keys.secret(id), keys.webhookSecret(id)];
    const left = async (): Promise<string[]> =>
      (
        await Promise.all(
          ["old", "young"]
            .flatMap(of)
            .map(async (key) => ((await service.data.get(key)) === null ? [] : [key])),
        )
      ).flat();
    for (const [id, minutes] of [
      ["old", 61],
      ["young", 59],
    ] as const) {
      await createObject(service.data, keys.open(id), {
        id,
        createdAt: new Date(Date.now() - 60_000 * minutes).toISOString(),
      });
      for (const key of [keys.secret(id), keys.webhookSecret(id)]) await service.data.put(key, "sealed");
    }
    await sweepTask(service, {
      startJobs: async () => {},
      notify: async () => {},
      publish: async () => {},
      due: NOTHING_DUE,
      logError: rethrow,
    });
    expect(await left()).toEqual(of("young"));
  });

  test("reads a thousand jobs within its time, because it reads many side by side", async () => {
    const whole = await openService(homeOf(await mkdtemp(join(dataDir, "many-"))));
    for (let job = 0; job < 40; job++) await acceptJob(whole, `job${job}`);
    let open = 0;
    let most = 0;
    const get: Service["data"]["get"] = async (key) => {
      most = Math.max(most, ++open);
      await nextTurn();
      open--;
      return whole.data.get(key);
    };
    const started: number[] = [];
    const ports = {
      startJobs: async (jobs: unknown[]) => void started.push(jobs.length),
      notify: async () => {},
      publish: async () => {},
      due: NOTHING_DUE,
      logError: rethrow,
    };
    await sweepTask({ ...whole, data: { ...whole.data, get } }, ports);
    expect([started, most]).toEqual([[40], REQUESTS_AT_ONCE]);
  });
});
