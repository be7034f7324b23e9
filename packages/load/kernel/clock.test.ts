import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { createKernelClock, type KernelClock, timespecMs } from "./clock.ts";
import type { Libc } from "./libc.ts";
import { tryKernel } from "./trial.ts";

const { whyNot } = await tryKernel();

function timespec(ns: bigint): DataView {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigInt64(0, ns / 1_000_000_000n, true);
  view.setBigInt64(8, ns % 1_000_000_000n, true);
  return view;
}

test.each([
  ["0", 0n, 0],
  ["the last ns of a second", 1_999_999_999n, 1999.999999],
  ["a moment of 2026", 1_764_000_000_123_456_789n, 1_764_000_000_123.4568],
  ["a moment of 2105", 4_290_000_000_500_000_000n, 4_290_000_000_500],
])("a timespec of %s is as many ms", (_what, ns, ms) => {
  expect(timespecMs(timespec(ns), 0)).toBeCloseTo(ms, 3);
});

describe.skipIf(whyNot !== null)("the kernel's clock", () => {
  const CLOCK_REALTIME = 0;

  /** The system's libc, whose wall clock is `aheadMs()` ahead. It takes `slowMs()` to say so. */
  async function shifted(aheadMs: () => number, slowMs = (): number => 0): Promise<Libc> {
    const libc = (await import("./open-libc.ts")).openLibc();
    return {
      ...libc,
      clockGettime(clock, time) {
        const untilMs = performance.now() + slowMs();
        const result = libc.clockGettime(clock, time);
        const ns = time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8) + BigInt(aheadMs() * 1e6);
        time.writeBigInt64LE(ns / 1_000_000_000n, 0);
        time.writeBigInt64LE(ns % 1_000_000_000n, 8);
        while (performance.now() < untilMs);
        return result;
      },
    };
  }

  /** By how much a clock errs on the present, by the quickest of some readings. */
  function errorMs(libc: Libc, clock: KernelClock): number {
    const time = Buffer.alloc(16);
    const readings = Array.from({ length: 50 }, () => {
      const fromMs = performance.now();
      libc.clockGettime(CLOCK_REALTIME, time);
      const tookMs = performance.now() - fromMs;
      const atMs = clock.monotonicMs(timespecMs(new DataView(time.buffer, time.byteOffset, 16), 0));
      return { tookMs, errorMs: Math.abs(atMs - fromMs - tookMs / 2) };
    });
    return readings.reduce((best, reading) => (reading.tookMs < best.tookMs ? reading : best)).errorMs;
  }

  test("brings a wall-clock time to the monotonic clock", async () => {
    const libc = await shifted(() => 0);
    expect(errorMs(libc, createKernelClock(libc))).toBeLessThan(0.1);
  });

  test.each([-3_600_000, -5, -0.5, 0.5, 5, 3_600_000])(
    "is off by %d ms when the wall clock was set by so many, until it compares anew",
    async (setMs) => {
      let aheadMs = 0;
      const libc = await shifted(() => aheadMs);
      const clock = createKernelClock(libc);
      aheadMs = setMs;
      expect(errorMs(libc, clock)).toBeCloseTo(Math.abs(setMs), 0);
      clock.compare();
      expect(errorMs(libc, clock)).toBeLessThan(0.1);
    },
  );

  test("takes the quickest of its readings, as others may come between two of them", async () => {
    let reading = 0;
    const libc = await shifted(
      () => 0,
      () => (++reading % 4 === 0 ? 0 : 2),
    );
    const clock = createKernelClock(libc);
    const quick = await shifted(() => 0);
    expect(errorMs(quick, clock)).toBeLessThan(0.1);
  });
});
