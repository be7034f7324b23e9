import { describe, expect, test } from "vitest";
import { studentQuantile } from "./distribution.ts";
import { normalFrom, randomFrom } from "../random.ts";
import { FOR_MEANS, FOR_SHARES, halfWidthOfSum, isTooCorrelated, varianceByTwentieths } from "./batches.ts";

const SLICES = 60;
const random = randomFrom(5);

function leaning(rho: number): number[] {
  let x = normalFrom(random);
  return Array.from({ length: SLICES }, () => (x = rho * x + Math.sqrt(1 - rho * rho) * normalFrom(random)));
}
const residualsOf = (series: number[]): number[] => {
  const mean = sumOf(series) / series.length;
  return series.map((value) => value - mean);
};
const sumOf = (series: number[]): number => series.reduce((sum, value) => sum + value, 0);

/** How often an interval of the sum holds what it is on average, 0. */
function covered(make: () => number[], batches: typeof FOR_MEANS): number {
  const trials = 2000;
  let held = 0;
  for (let trial = 0; trial < trials; trial++) {
    const series = make();
    if (Math.abs(sumOf(series)) <= halfWidthOfSum(residualsOf(series), batches)) held++;
  }
  return held / trials;
}

describe("an interval by overlapping batches", () => {
  test.each([
    ["independent slices, five batches", 0, FOR_MEANS, 0.94, 0.97],
    ["independent slices, ten batches", 0, FOR_SHARES, 0.94, 0.97],
    ["a correlation of 0.7, five batches", 0.7, FOR_MEANS, 0.9, 0.97],
  ])("covers 95 %% of samples: %s", (_, rho, batches, least, most) => {
    const share = covered(() => leaning(rho), batches);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(most);
  });

  test("is what two half sums say of two batches: t × |difference|", () => {
    // One batch of two slices each way: residuals ±1, ±1, ∓1, ∓1 have overlapping sums 2, 0 and −2.
    const two = { count: 2, t: 4, tOfControlled: 5 };
    // V = (4/2) ÷ 3 ÷ (1 − 2/4) × (2² + 0 + 2²) = 10.67.
    expect(halfWidthOfSum([1, 1, -1, -1], two)).toBeCloseTo(4 * Math.sqrt(32 / 3), 9);
  });

  test("is nothing for slices that are all the same", () =>
    expect(
      halfWidthOfSum(
        Array.from({ length: SLICES }, () => 0),
        FOR_MEANS,
      ),
    ).toBe(0));

  test("of what a control explains is as wide as the control's own total", () => {
    const excess = residualsOf(leaning(0)).map((one) => one + 0.01);
    const residuals = residualsOf(excess.map((one) => 3 * one));
    expect(halfWidthOfSum(residuals, FOR_MEANS, excess)).toBeCloseTo(3 * 0.01 * SLICES, 9);
    expect(halfWidthOfSum(residuals, FOR_MEANS)).toBeGreaterThan(5);
  });

  test("loses a little to a control that explains nothing", () => {
    const ratios = Array.from({ length: 400 }, () => {
      const residuals = residualsOf(leaning(0));
      const alone = halfWidthOfSum(residuals, FOR_MEANS);
      return halfWidthOfSum(residuals, FOR_MEANS, residualsOf(leaning(0))) / alone;
    });
    const mean = sumOf(ratios) / ratios.length;
    expect(mean).toBeGreaterThan(0.9);
    expect(mean).toBeLessThan(1.2);
  });
});

describe("a window that is short beside the time of its own series", () => {
  const share = (rho: number): number =>
    Array.from({ length: 1000 }, () => isTooCorrelated(residualsOf(leaning(rho)))).filter(Boolean).length /
    1000;
  test("is hardly ever found in independent slices", () => expect(share(0)).toBeLessThan(0.02));
  test("is found where it holds three of them", () => expect(share(0.95)).toBeGreaterThan(0.4));
  test("is not found in a series without variation", () =>
    expect(isTooCorrelated(Array.from({ length: SLICES }, () => 0))).toBe(false));
});

describe("the variance of a difference of twins", () => {
  test.each([
    ["independent slices", 0, 0.94, 0.985],
    ["a correlation of 0.7, which twentieths still feel", 0.7, 0.91, 0.985],
  ])("covers 95 %% of samples: %s", (_, rho, least, most) => {
    const trials = 2000;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const series = leaning(rho);
      const { variance, degrees } = varianceByTwentieths(residualsOf(series));
      if (Math.abs(sumOf(series)) <= studentQuantile(0.975, degrees) * Math.sqrt(variance)) held++;
    }
    expect(held / trials).toBeGreaterThan(least);
    expect(held / trials).toBeLessThan(most);
  });

  test("of what leans on itself is larger, and has fewer degrees of freedom", () => {
    const slow = Array.from({ length: SLICES }, (_, i) => Math.sin((2 * Math.PI * i) / SLICES));
    const quick = slow.map((_, i) => (i % 6 < 3 ? 1 : -1) / Math.SQRT2);
    const [leans, leansNot] = [varianceByTwentieths(slow), varianceByTwentieths(quick)];
    expect(leans.variance).toBeGreaterThan(5 * leansNot.variance);
    expect([leans.degrees, leansNot.degrees]).toEqual([expect.closeTo(19 / 9, 5), 19]);
  });

  test("of a mean that one queue makes is not taken from that queue alone", () => {
    // Sums of slices of which a few bring most, as waiting times do, and that differ by 3 % from their twins'.
    const trials = 1000;
    const held = { blind: 0, seeing: 0 };
    for (let trial = 0; trial < trials; trial++) {
      const sizes = Array.from({ length: SLICES }, () => Math.exp(2 * normalFrom(random)));
      const [before, after] = [0, 1].map(() => sizes.map((one) => one * (1 + 0.03 * normalFrom(random))));
      if (before === undefined || after === undefined) throw new Error("no twins");
      const all = [sumOf(before), sumOf(after)] as const;
      const series = after.map((one, i) => one / all[1] - (before[i] ?? 0) / all[0]);
      const bySlice = after.map((one, i) => (one / all[1] + (before[i] ?? 0) / all[0]) / 2);
      const holds = ({ variance, degrees }: { variance: number; degrees: number }): boolean =>
        Math.abs(Math.log(all[1] / all[0])) <= studentQuantile(0.975, degrees) * Math.sqrt(variance);
      if (holds(varianceByTwentieths(series))) held.blind++;
      if (holds(varianceByTwentieths(series, { brought: { bySlice, count: Infinity } }))) held.seeing++;
    }
    expect(held.blind / trials).toBeLessThan(0.88);
    expect(held.seeing / trials).toBeGreaterThan(0.92);
  });

  test("is nothing where nothing differs", () =>
    expect(varianceByTwentieths(Array.from({ length: SLICES }, () => 0))).toEqual({
      variance: 0,
      degrees: 19,
    }));
});
