import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Certification } from "./certificate.ts";
import { LOAD_TRANSPORT } from "../transport/load-transport.ts";

let worker: ChildProcess;
let certification: Certification;
beforeAll(async () => {
  worker = fork(fileURLToPath(import.meta.resolve("@brimline/testkit/load/certified")), [], { execArgv: [] });
  [certification] = (await once(worker, "message")) as [Certification];
});
afterAll(() => worker.kill("SIGKILL"));

describe("a process that certifies itself", () => {
  test("knows its largest event rate, and of each error the median, the p99 and the maximum, in ascending order", () => {
    expect(certification.uncertified).toBeNull();
    const of = certification.certificate;
    for (const three of [
      [of?.addedTtftP50Ms ?? 0, of?.addedTtftP99Ms ?? 0, of?.addedTtftMaxMs ?? 0],
      [of?.chunkLagP50Ms ?? 0, of?.chunkLagP99Ms ?? 0, of?.chunkLagMaxMs ?? 0],
      [of?.addedGapP50Ms ?? 0, of?.addedGapP99Ms ?? 0, of?.addedGapMaxMs ?? 0],
    ]) {
      expect(three.toSorted((a, b) => a - b)).toEqual(three);
      expect(three[0]).toBeGreaterThanOrEqual(0);
    }
    expect(of?.transport).toBe(LOAD_TRANSPORT);
    expect(of?.requests).toBeGreaterThanOrEqual(368);
    expect(of?.gaps).toBeGreaterThan(of?.requests ?? Infinity);
  });

  test("has median errors below 2 ms, by the kernel's clock 0.2 ms, knows the other clock to 0.1 ms, and reads more than 20,000 events a second", () => {
    const { addedTtftP50Ms, chunkLagP50Ms, addedGapP50Ms, clockErrorMs, maxEventsPerS } =
      certification.certificate ?? {};
    expect(
      Math.max(addedTtftP50Ms ?? Infinity, chunkLagP50Ms ?? Infinity, addedGapP50Ms ?? Infinity),
    ).toBeLessThan(LOAD_TRANSPORT === "kernel" ? 0.2 : 2);
    expect(clockErrorMs).toBeLessThan(0.1);
    expect(maxEventsPerS).toBeGreaterThan(20_000);
  });
});
