import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openService } from "../local/home.ts";
import { createObject } from "../objects.ts";
import { acceptJob, homeOf } from "../testing/home.ts";
import { sweepStep } from "./sweep.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-sweep-"));
afterAll(() => rm(dataDir, { recursive: true }));

describe("the sweep", () => {
  test("starts unfinished jobs in the order they were submitted, and tries deliveries that are due; an unaccepted submission is no job", async () => {
    const service = await openService(homeOf(dataDir));
    for (const [id, createdAt] of [
      ["b", "2026-01-01T00:00:02.000Z"],
      ["a", "2026-01-01T00:00:03.000Z"],
      ["c", "2026-01-01T00:00:01.000Z"],
    ] as const) {
      await acceptJob(service, id, {}, createdAt);
    }
    await createObject(service.data, keys.open("unaccepted"), {});
    await createObject(service.data, keys.outbox("c", 3), {});
    const started: string[] = [];
    const told: string[] = [];
    await sweepStep(service, {
      startJob: async (id) => void started.push(id),
      notify: async ({ jobId, sequence }) => void told.push(`${jobId}/${sequence}`),
    });
    expect(started).toEqual(["c", "b", "a"]);
    expect(told).toEqual(["c/3"]);
  });
});
