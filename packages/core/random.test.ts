import { expect, test } from "vitest";
import { normalFrom, randomFrom, seedOf } from "./random.ts";

test("the same seed gives the same numbers, and another seed gives others", () => {
  const take = (seed: number): number[] => Array.from({ length: 3 }, randomFrom(seed));
  expect(take(1)).toEqual(take(1));
  expect(take(1)).not.toEqual(take(2));
});

test("uniform numbers fill ten equal bins (χ² below its 99.9 % point)", () => {
  const random = randomFrom(seedOf("bins"));
  const bins = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const bin = Math.floor(random() * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  expect(bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(27.9);
});

test("neighbouring texts give unrelated seeds", () =>
  expect(new Set(Array.from({ length: 5000 }, (_, index) => seedOf("job", "l01", 0, index))).size).toBe(
    5000,
  ));

test("the seam between two parts counts", () => expect(seedOf("a", "bc")).not.toBe(seedOf("ab", "c")));

test("normal numbers have mean 0 and variance 1", () => {
  const random = randomFrom(7);
  const values = Array.from({ length: 20_000 }, () => normalFrom(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect([Math.abs(mean) < 0.03, Math.abs(variance - 1) < 0.05]).toEqual([true, true]);
});
