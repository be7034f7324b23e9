import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { startProbes } from "./probes.ts";
import { connectTo } from "./server.ts";
import { startApi } from "./stand-in/api.ts";

test("clocks are compared at once when the time between comparisons gets shorter, and not when it gets longer", async () => {
  const api = await startApi();
  const server = connectTo(api.url);
  let bursts = 0;
  const probes = startProbes(server, "token", 60_000, () => void bursts++);
  onTestFinished(async () => {
    probes.stop();
    await server.close();
    await api.close();
  });
  await probes.first;
  probes.every(600_000);
  await sleep(200);
  expect(bursts).toBe(1);
  probes.every(60_000);
  await expect.poll(() => bursts, { timeout: 30_000 }).toBe(2);
  expect(api.requests.filter(({ path }) => path === "/v1/time")).toHaveLength(16);
});
