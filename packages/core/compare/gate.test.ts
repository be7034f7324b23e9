import { describe, expect, test } from "vitest";
import { studentQuantile } from "../math/distribution.ts";
import type { Difference } from "./error.ts";
import { chanceOf, holm, intervalOf, isWithin, smallestOf, verdictOf } from "./gate.ts";

const difference = (value: number, error = 1): Difference => ({
  value,
  below: error,
  above: error,
  degrees: 6,
});

test("Holm's correction of 0.01, 0.04, 0.03 is 0.03, 0.06, 0.06", () => {
  const corrected = holm([0.01, 0.04, 0.03]);
  for (const [i, chance] of [0.03, 0.06, 0.06].entries()) expect(corrected[i]).toBeCloseTo(chance, 12);
});

test("an interval that ends at 0 has a chance of 5 %", () => {
  const { low, high } = intervalOf(difference(10));
  expect((high - low) / 2).toBeCloseTo(2.447, 3);
  expect(chanceOf(difference(2.447))).toBeCloseTo(0.05, 3);
});

test("only the error towards 0 counts, and one that is open finds nothing", () => {
  expect(chanceOf({ ...difference(3), above: Infinity })).toBeCloseTo(chanceOf(difference(3)), 12);
  expect(chanceOf({ ...difference(3), below: Infinity })).toBe(1);
});

test("within the margin is what lies there for sure, and not what was not found", () => {
  expect(isWithin(difference(0), 2)).toBe(true);
  expect(isWithin(difference(0), 1.9)).toBe(false);
  expect(isWithin(difference(1), 2)).toBe(false);
  expect(isWithin(difference(-1), 2)).toBe(false);
});

describe("the verdict", () => {
  test.each([
    ["a change that matters", 8, 0.001, "higher", "better"],
    ["the same of a latency", 8, 0.001, "lower", "worse"],
    ["a sure change within the margin", 0.5, 0.001, "lower", "same"],
    ["a change that chance may have made", 2, 0.2, "lower", "inconclusive"],
  ] as const)("%s", (_, value, chance, better, verdict) =>
    expect(verdictOf(difference(value), { chance, margin: 3, better })).toBe(verdict),
  );
});

test("the smallest change is found in nine of ten, and is larger where more is asked", () => {
  const t = studentQuantile(0.975, 6) + studentQuantile(0.9, 6);
  expect(smallestOf(difference(0), 1)).toBeCloseTo(t, 6);
  expect(smallestOf(difference(0), 5)).toBeGreaterThan(t);
});

test("what is open counts once, however sure the rest is", () => {
  const open = { ...difference(3, 0.01), open: { below: 2.5, above: 1 } };
  const { low, high } = intervalOf(open);
  expect([low, high]).toEqual([expect.closeTo(0.4755, 3), expect.closeTo(4.0245, 3)]);
  expect(chanceOf({ ...open, open: { below: 3.5, above: 1 } })).toBe(1);
  expect(isWithin(open, 4.1)).toBe(true);
  expect(isWithin(open, 3.9)).toBe(false);
  expect(smallestOf(open, 1)).toBeGreaterThan(2.5);
});
