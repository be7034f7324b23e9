import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../random.ts";
import type { Difference } from "./error.ts";
import { chanceOf, holm, intervalOf, isWithin, smallestOf, timesFor, verdictOf } from "./gate.ts";

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

describe("the smallest change is what nine of ten such comparisons find", () => {
  /** Comparisons of a change of as many errors, each with its own estimate of the error. */
  function foundPercent(
    change: (error: number) => number,
    degrees: number,
    isFound: (one: Difference) => boolean,
  ) {
    const random = randomFrom(degrees);
    const error = (): number =>
      Math.sqrt(
        Array.from({ length: degrees }, () => normalFrom(random) ** 2).reduce((sum, one) => sum + one, 0) /
          degrees,
      );
    const tries = Array.from({ length: 2000 }, () => {
      const printed = error();
      const own = error();
      return isFound({ value: change(printed) + normalFrom(random), below: own, above: own, degrees });
    });
    return tries.filter(Boolean).length / 20;
  }

  test.each([2, 6, 19])("where a change of that size has to show, with %i degrees of freedom", (degrees) => {
    const sought = { tests: 5 };
    const times = smallestOf({ ...difference(0), degrees }, sought);
    const found = foundPercent(
      (error) => times * error,
      degrees,
      (one) => sought.tests * chanceOf(one) < 0.05,
    );
    expect(found).toBeGreaterThan(88);
    expect(found).toBeLessThan(92);
  });

  test("where errors are small beside the margin, and less is the same", () => {
    const margin = 20;
    const least = smallestOf({ ...difference(0), degrees: 19 }, { tests: 5, margin });
    const found = foundPercent(
      (error) => margin - error * (margin - least),
      19,
      (one) => !isWithin(one, margin),
    );
    expect(found).toBeGreaterThan(88);
    expect(found).toBeLessThan(92);
    expect(least).toBeGreaterThan(margin - 1);
    expect(least).toBeLessThan(margin);
  });

  test("and is larger where more figures are tested", () =>
    expect(smallestOf(difference(0), { tests: 5 })).toBeGreaterThan(smallestOf(difference(0), { tests: 1 })));
});

test("with as many times the data the smallest change is the one that was wanted, but for what is open", () => {
  const times = timesFor(2, difference(0), 5);
  expect(smallestOf(difference(0, 1 / Math.sqrt(times)), { tests: 5 })).toBeCloseTo(2, 9);
  expect(timesFor(2, { ...difference(0), open: { below: 1, above: 0 } }, 5)).toBeCloseTo(4 * times, 9);
  expect(timesFor(2, { ...difference(0), open: { below: 3, above: 0 } }, 5)).toBe(Infinity);
});

test("what is open counts once, however sure the rest is", () => {
  const open = { ...difference(3, 0.01), open: { below: 2.5, above: 1 } };
  const { low, high } = intervalOf(open);
  expect([low, high]).toEqual([expect.closeTo(0.4755, 3), expect.closeTo(4.0245, 3)]);
  expect(chanceOf({ ...open, open: { below: 3.5, above: 1 } })).toBe(1);
  expect(isWithin(open, 4.1)).toBe(true);
  expect(isWithin(open, 3.9)).toBe(false);
  expect(smallestOf(open, { tests: 1 })).toBeGreaterThan(2.5);
});
