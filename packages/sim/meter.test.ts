import { describe, expect, test } from "vitest";
import { powerOf, utilisationOf } from "./gpu.ts";
import { createMeter, type LoadSums } from "./meter.ts";
import { PRESETS } from "./presets.ts";

const card = PRESETS["a40-8b"].gpu;

/**
 * A card that idles, then computes from `busyFromMs` to `busyToMs` with ten requests in every iteration. It
 * is read every 100 ms.
 */
function sumsAt(atMs: number, busyFromMs: number, busyToMs: number): LoadSums {
  const busyMs = Math.max(0, Math.min(atMs, busyToMs) - busyFromMs);
  return { nowMs: 5_000_000 + atMs, busyMs, batchMs: busyMs * 10 };
}
function watch(untilMs: number, sumsOf: (atMs: number) => LoadSums | null) {
  const meter = createMeter(card);
  for (let atMs = 0; atMs <= untilMs; atMs += 100) meter.observe(atMs, sumsOf(atMs));
  return meter.reading();
}
const loadW = powerOf(card, utilisationOf(1, 10));

describe("the simulated card's meters", () => {
  test("idle, it draws its idle power", () => {
    expect(watch(2000, (atMs) => sumsAt(atMs, 9000, 9000))).toMatchObject({
      instantW: 75,
      averageW: 75,
      utilPercent: 0,
      busy: false,
    });
  });

  test("ten users draw about 240 W of 300, a full batch more, never above the limit", () => {
    expect(loadW).toBeGreaterThan(230);
    expect(powerOf(card, utilisationOf(1, 100))).toBeGreaterThan(loadW);
    expect(powerOf(card, utilisationOf(1, 1e9))).toBeLessThan(card.limitW);
  });

  test("instant power follows a jump of load within half a second", () => {
    const after = watch(1500, (atMs) => sumsAt(atMs, 1000, 9000));
    expect(after.instantW).toBeGreaterThan(75 + 0.9 * (loadW - 75));
    expect(after.utilPercent).toBe(100);
  });

  test("power.draw is the mean of the last second: half way after half a second, there after two", () => {
    const halfway = watch(1600, (atMs) => sumsAt(atMs, 1000, 9000)).averageW;
    expect(halfway).toBeGreaterThan(75 + 0.3 * (loadW - 75));
    expect(halfway).toBeLessThan(75 + 0.6 * (loadW - 75));
    expect(watch(3500, (atMs) => sumsAt(atMs, 1000, 9000)).averageW).toBeCloseTo(loadW, 0);
  });

  test("it comes back to idle after the load", () => {
    expect(watch(5000, (atMs) => sumsAt(atMs, 1000, 2000)).averageW).toBeCloseTo(75, 0);
  });

  test("a card that computes half of the time is half utilised", () => {
    const reading = watch(3000, (atMs) => ({ nowMs: atMs, busyMs: atMs / 2, batchMs: atMs / 2 }));
    expect(reading.utilPercent).toBeCloseTo(50);
    expect(reading.instantW).toBeCloseTo((75 + powerOf(card, utilisationOf(1, 1))) / 2, 0);
  });

  test("an endpoint that goes away, or begins anew, counts as idle and never as a negative load", () => {
    expect(watch(5000, (atMs) => (atMs < 2000 ? sumsAt(atMs, 0, 9000) : null)).averageW).toBeCloseTo(75, 0);
    const restarted = watch(2100, (atMs) =>
      atMs <= 2000 ? sumsAt(atMs, 0, 9000) : { nowMs: 5_100_000, busyMs: 0, batchMs: 0 },
    );
    expect(restarted.utilPercent).toBe(0);
  });
});
