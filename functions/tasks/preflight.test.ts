import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openService } from "../local/home.ts";
import { readObject } from "../objects/object.ts";
import { PreflightObject } from "../objects/preflight.ts";
import type { Service } from "../service.ts";
import { acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { preflightTask } from "./preflight.ts";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-preflight-"));
const endpoint = await startEndpoint({ preset: PRESETS.quick });
afterAll(async () => {
  await endpoint.close();
  await rm(dataDir, { recursive: true });
});

const service = await openService(homeOf(dataDir));
/** A preflight whose process ends before it can write down what it learnt. */
const mortal: Service = {
  ...service,
  data: {
    ...service.data,
    async create(key, ...rest) {
      if (key.endsWith("preflight.json")) throw new Error("killed");
      return service.data.create(key, ...rest);
    },
  },
};

test("an endpoint gets at most three requests, however often preflight is lost and begun anew", async () => {
  await acceptJob(service, "lost", { endpoint: { url: endpoint.url, model: "sim-quick" } });
  const before = endpoint.state().requests;
  const asked = (): number => endpoint.state().requests - before;
  await expect(preflightTask(mortal, { jobId: "lost" })).rejects.toThrow("killed");
  expect(asked()).toBe(2);
  await expect(preflightTask(mortal, { jobId: "lost" })).rejects.toThrow("killed");
  expect(asked()).toBe(3);
  await expect(preflightTask(service, { jobId: "lost" })).rejects.toThrow("may send no more");
  expect(asked()).toBe(3);
});

test("the requests that are left after a loss are enough for an endpoint that answers", async () => {
  await acceptJob(service, "late", { endpoint: { url: endpoint.url, model: "sim-quick" } });
  await expect(preflightTask(mortal, { jobId: "late" })).rejects.toThrow("killed");
  expect(await preflightTask(service, { jobId: "late" })).toEqual({ verdict: "accepted", problem: null });
  expect(await readObject(service.data, keys.preflight("late"), PreflightObject)).toMatchObject({
    requests: 3,
  });
});
