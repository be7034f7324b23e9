import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../random.ts";
import { drawLength } from "./length.ts";

describe("lengths", () => {
  const draws = (length: Parameters<typeof drawLength>[0]): number[] => {
    const random = randomFrom(1);
    return Array.from({ length: 4000 }, () => drawLength(length, random));
  };
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  test("a range is uniform and reaches both ends", () => {
    const values = draws({ min: 1, max: 10 });
    expect([Math.min(...values), Math.max(...values)]).toEqual([1, 10]);
    expect(mean(values)).toBeCloseTo(5.5, 0);
  });
  test("a normal has its mean and stays in its bounds", () => {
    const values = draws({ mean: 100, stdev: 20, min: 60, max: 140 });
    expect(Math.abs(mean(values) - 100)).toBeLessThan(1.5);
    expect([Math.min(...values) >= 60, Math.max(...values) <= 140]).toEqual([true, true]);
  });
  function stdev(values: number[]): number {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  }
  test.each<[string, Parameters<typeof drawLength>[0], number, number | null]>([
    ["a fixed length", 256, 256, 0],
    ["a range", { min: 100, max: 400 }, 250, 301 / Math.sqrt(12)],
    ["a normal", { mean: 256, stdev: 64 }, 256, 64],
    ["a normal that is named", { shape: "normal", mean: 256, stdev: 64 }, 256, 64],
    ["a lognormal", { shape: "lognormal", mean: 256, stdev: 128 }, 256, 128],
    ["a lognormal as wide as it is long", { shape: "lognormal", mean: 512, stdev: 512 }, 512, 512],
    [
      "a normal whose bounds are equally far on both sides",
      { mean: 200, stdev: 100, min: 100, max: 300 },
      200,
      null,
    ],
    [
      "a lognormal within bounds that hardly bind",
      { shape: "lognormal", mean: 256, stdev: 128, min: 16, max: 2048 },
      256,
      null,
    ],
  ])(
    "%s keeps its mean within 1 % and its standard deviation within 3 %",
    (_fact, length, wantedMean, wantedStdev) => {
      const random = randomFrom(3);
      const values = Array.from({ length: 100_000 }, () => drawLength(length, random));
      expect(Math.abs(mean(values) / wantedMean - 1)).toBeLessThan(0.01);
      if (wantedStdev !== null)
        expect(Math.abs(stdev(values) - wantedStdev)).toBeLessThanOrEqual(0.03 * wantedStdev);
    },
  );
  test("a lognormal leans to the right: its median is mean ÷ √(1 + (stdev ÷ mean)²)", () => {
    const values = draws({ shape: "lognormal", mean: 300, stdev: 300 }).toSorted((a, b) => a - b);
    expect(Math.abs((values[2000] ?? 0) / (300 / Math.SQRT2) - 1)).toBeLessThan(0.05);
  });
  test("a normal that is named draws the same as one that is not", () =>
    expect(drawLength({ shape: "normal", mean: 256, stdev: 128 }, randomFrom(9))).toBe(
      drawLength({ mean: 256, stdev: 128 }, randomFrom(9)),
    ));
  test("every draw is a whole number within its bounds", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("normal", "lognormal"),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer(),
        (shape: "normal" | "lognormal", mean, stdev, min, width, seed) => {
          const drawn = drawLength({ shape, mean, stdev, min, max: min + width }, randomFrom(seed));
          expect(Number.isInteger(drawn) && drawn >= min && drawn <= min + width).toBe(true);
        },
      ),
    ));
  test("a bound that cuts off much moves the mean towards it", () =>
    expect(mean(draws({ shape: "lognormal", mean: 500, stdev: 500, max: 500 }))).toBeLessThan(400));
  test("a normal never asks for less than one token", () =>
    expect(Math.min(...draws({ mean: 1, stdev: 50 }))).toBe(1));
});
