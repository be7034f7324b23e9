import type { Certification } from "@brimline/load/certificate/certificate";
import { describe, expect, test } from "vitest";
import { createCertifier } from "./certify.ts";

const SLOW: Certification = { certificate: null, uncertified: "it took longer than 6 s" };
const MEASURED: Certification = {
  certificate: {
    transport: "socket",
    addedTtftP50Ms: 0.3,
    addedTtftP99Ms: 2,
    addedTtftMaxMs: 3,
    chunkLagP50Ms: 0.2,
    chunkLagP99Ms: 2,
    chunkLagMaxMs: 3,
    addedGapP50Ms: 0.1,
    addedGapP99Ms: 2,
    addedGapMaxMs: 3,
    maxEventsPerS: 300_000,
    requests: 400,
    gaps: 3600,
    clockErrorMs: 0.001,
    loopDelayP50Ms: 0.4,
  },
  uncertified: null,
};
const T0_MS = 100_000;

/** A process whose clock stands `leftMs` before T0, and what it finds each time it measures itself. */
function processAt(leftMs: number, ...found: Certification[]) {
  const asked: number[] = [];
  const sizes: number[] = [];
  const clock = { leftMs };
  const certify = createCertifier(
    async ({ timeMaxMs, streams }) => {
      sizes.push(streams);
      asked.push(timeMaxMs);
      return found[asked.length - 1] ?? SLOW;
    },
    () => T0_MS - clock.leftMs,
  );
  return { clock, asked, sizes, certify: (streams = 1) => certify({ beginUnixMs: T0_MS, streams }) };
}

describe("a function that runs shards", () => {
  test("measures itself with the streams of its load, and again when a later load has more", async () => {
    const { asked, sizes, certify } = processAt(15_000, MEASURED, MEASURED, SLOW);
    await certify(20);
    await certify(100);
    await certify(250);
    await certify(101);
    expect(sizes).toEqual([100, 250]);
    expect(asked).toEqual([6000, 6000]);
  });

  test("measures itself once in its life, for at most 6 s", async () => {
    const { clock, asked, certify } = processAt(15_000, MEASURED);
    expect(await certify()).toBe(MEASURED);
    clock.leftMs = 500;
    expect(await certify()).toBe(MEASURED);
    expect(asked).toEqual([6000]);
  });

  test.each([
    [8999, "its function was there 9.0 s before the load, and measuring itself takes up to 6.0 s"],
    [2500, "its function was there 2.5 s before the load, and measuring itself takes up to 6.0 s"],
    [-4000, "its function was there 4.0 s after the load should have begun"],
  ])(
    "that starts %i ms before T0 has no time to measure itself, and says so",
    async (leftMs, uncertified) => {
      const { asked, certify } = processAt(leftMs, MEASURED);
      expect(await certify()).toEqual({ certificate: null, uncertified });
      expect(asked).toEqual([]);
    },
  );

  test("tries again before its next level when it had no time or was too slow", async () => {
    const { clock, certify } = processAt(1000, SLOW, MEASURED);
    expect((await certify()).uncertified).toContain("1.0 s before the load");
    clock.leftMs = 15_000;
    expect(await certify()).toBe(SLOW);
    expect(await certify()).toBe(MEASURED);
  });
});
