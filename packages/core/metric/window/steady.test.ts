import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import type { Share } from "../statistics/mean.ts";
import { beginsApart, drifts, warmUpSlices } from "./steady.ts";

const SLICES = 60;

/** Slices about 100 that vary by 3, lean on one another by `rho`, and rise by `move` over the window. */
function series(seed: number, { move = 0, rho = 0, sigma = 3 } = {}): Share[] {
  const random = randomFrom(seed);
  let x = normalFrom(random);
  return Array.from({ length: SLICES }, (_, i) => {
    x = rho * x + Math.sqrt(1 - rho * rho) * normalFrom(random);
    return { sum: 100 + move * (i / SLICES - 0.5) + sigma * x, weight: 1 };
  });
}

/** How many of 1,000 series are called so. */
const called = (judge: (slices: Share[]) => boolean, make: (seed: number) => Share[]): number =>
  Array.from({ length: 1000 }, (_, seed) => judge(make(seed))).filter(Boolean).length;

describe("a drift over the window", () => {
  test.each([
    ["noise around a mean is none", series(1), false],
    ["a rise of 40 % is one", series(1, { move: 40 }), true],
    ["a fall of 40 % is one", series(1, { move: -40 }), true],
    ["a rise of 5 % is none, however certain it is", series(1, { move: 5, sigma: 0.01 }), false],
    ["three slices show none", series(1, { move: 40 }).slice(0, 3), false],
    ["slices of zeros show none", series(1).map(() => ({ sum: 0, weight: 1 })), false],
    ["slices without anything show none", series(1).map(() => ({ sum: 0, weight: 0 })), false],
  ])("%s", (_, slices, expected) => expect(drifts(slices)).toBe(expected));

  test("weighs a slice by what is in it", () => {
    // The last slice is far away, and holds next to nothing.
    const slices = series(1).map((share, i) => (i < 59 ? share : { sum: 100, weight: 0.01 }));
    expect(drifts(slices)).toBe(false);
  });

  test("is called in at most 1 % of steady series, also of those whose slices lean on one another", () => {
    expect(called(drifts, (seed) => series(seed, { sigma: 30 }))).toBeLessThan(10);
    expect(called(drifts, (seed) => series(seed, { sigma: 30, rho: 0.6 }))).toBeLessThan(20);
  });

  test("is called in at most 5 % of steady series that lean on themselves for a tenth of the window", () =>
    expect(called(drifts, (seed) => series(seed, { sigma: 30, rho: 0.85 }))).toBeLessThan(50));

  test("of 30 % in slices that vary by a tenth is found nearly always", () =>
    expect(called(drifts, (seed) => series(seed, { move: 30, sigma: 10, rho: 0.2 }))).toBeGreaterThan(900));
});

describe("a start apart from the rest", () => {
  const slowStart = (seed: number, slow: number, slices: number): Share[] =>
    series(seed, { sigma: 5, rho: 0.2 }).map(({ sum, weight }, i) => ({
      sum: i < slices ? sum * slow : sum,
      weight,
    }));
  test("is found if the first tenth gives a third less", () =>
    expect(called(beginsApart, (seed) => slowStart(seed, 0.67, 6))).toBeGreaterThan(950));
  test("is not found where it gives 8 % less", () =>
    expect(called(beginsApart, (seed) => slowStart(seed, 0.92, 6))).toBeLessThan(100));
  test("is called in at most 2 % of steady series", () => {
    expect(called(beginsApart, (seed) => series(seed, { sigma: 30 }))).toBeLessThan(10);
    expect(called(beginsApart, (seed) => series(seed, { sigma: 30, rho: 0.6 }))).toBeLessThan(20);
  });
  test("is not found in users who go in lock-step, whose output falls with each of their answers", () => {
    // An answer lasts for six slices, as long as a batch, so that all batches bring the same.
    const lockStep = (seed: number): Share[] =>
      series(seed, { sigma: 2 }).map(({ sum, weight }, i) => ({
        sum: sum - (i % 6 < 3 ? 40 : 0),
        weight,
      }));
    expect(called(beginsApart, lockStep)).toBe(0);
    expect(called(drifts, lockStep)).toBe(0);
  });
  test("is not looked for in few slices, or where nothing is", () => {
    expect(beginsApart(slowStart(1, 0.5, 2).slice(0, 10))).toBe(false);
    expect(beginsApart(series(1).map(() => ({ sum: 0, weight: 0 })))).toBe(false);
  });
});

describe("a warm-up that still goes on", () => {
  const slowStart = (seed: number): Share[] =>
    series(seed, { sigma: 5, rho: 0.2 }).map(({ sum, weight }, i) => ({
      sum: i < 9 ? sum * 0.6 : sum,
      weight,
    }));
  test("is cut where it ends", () => {
    const cuts = Array.from({ length: 200 }, (_, seed) => warmUpSlices(slowStart(seed)));
    expect(cuts.filter((cut) => Math.abs(cut - 9) <= 1).length).toBeGreaterThan(195);
  });
  test("is not taken for a drift, which has no end to cut at", () => {
    const drifting = Array.from({ length: 200 }, (_, seed) =>
      warmUpSlices(series(seed, { move: 30, sigma: 5, rho: 0.2 })),
    );
    expect(drifting.filter((cut) => cut > 0).length).toBeLessThan(4);
  });
  test("is not cut from a steady series", () => {
    const steady = Array.from({ length: 500 }, (_, seed) => warmUpSlices(series(seed, { sigma: 30 })));
    expect(steady.filter((cut) => cut > 0).length).toBeLessThan(10);
  });
});
