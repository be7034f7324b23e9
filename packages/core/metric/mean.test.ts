import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../random.ts";
import { cellAt, meanOf, sliceCount } from "./mean.ts";

describe("slices of a window", () => {
  test.each([
    ["60 s of 1 s requests make 30 slices and no more", 60_000, 1000, 30],
    ["12.5 s of 1 s requests make 12", 12_500, 1000, 12],
    ["9.9 s of 1 s requests make too few", 9900, 1000, null],
    ["requests that take no time make 30", 60_000, 0, 30],
  ])("%s", (_, lengthMs, e2eMs, count) => expect(sliceCount(lengthMs, e2eMs)).toBe(count));

  test("moments fall into their slice or outside", () => {
    const window = { startMs: 100, endMs: 200, slices: 10 };
    expect([99.9, 100, 109.9, 110, 199.9, 200].map((at) => cellAt(at, window))).toEqual([-1, 0, 0, 1, 9, 10]);
  });
});

describe("a mean and its interval", () => {
  const slices = (values: number[]): { sum: number; weight: number }[] =>
    values.map((sum) => ({ sum, weight: 1 }));

  test("of ten slices are mean ± t × standard error", () => {
    // The standard deviation of 1 … 10 is 3.02765, so the error is 0.957427, and t(9) = 2.26216.
    const figure = meanOf([slices([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])], 50);
    expect(figure).toMatchObject({
      value: 5.5,
      n: 50,
      method: "batch_means",
      validity: "valid",
      reasons: [],
    });
    expect(figure.high).toBeCloseTo(5.5 + 2.26216 * 0.957427, 4);
    expect(figure.low).toBeCloseTo(5.5 - 2.26216 * 0.957427, 4);
  });

  test("of nine slices are the value without an interval", () =>
    expect(meanOf([slices([1, 2, 3, 4, 5, 6, 7, 8, 9])], 50)).toMatchObject({
      value: 5,
      low: null,
      high: null,
      validity: "indicative",
      reasons: ["no_interval"],
    }));

  test("give more weight to slices with more requests", () =>
    expect(
      meanOf([[{ sum: 10, weight: 1 }, ...Array.from({ length: 9 }, () => ({ sum: 30, weight: 9 }))]], 82)
        .value,
    ).toBeCloseTo(280 / 82, 9));

  test("of two runs have the interval between the runs", () => {
    const figure = meanOf([slices([10, 10]), slices([12, 12])], 4);
    expect(figure).toMatchObject({ value: 11, method: "between_runs" });
    expect(figure.high).toBeCloseTo(11 + 12.7062 * 1, 2);
  });

  test("of nothing are null", () => {
    expect(meanOf([], 0)).toMatchObject({ value: null, reasons: ["too_few"] });
    expect(meanOf([[{ sum: 0, weight: 0 }]], 0)).toMatchObject({ value: null, reasons: ["too_few"] });
  });

  test("cover the true mean in 93 to 97 % of samples", () => {
    const random = randomFrom(3);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const { low, high } = meanOf([slices(Array.from({ length: 20 }, () => 5 + normalFrom(random)))], 20);
      if ((low ?? Infinity) <= 5 && 5 <= (high ?? -Infinity)) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.97);
  });
});
