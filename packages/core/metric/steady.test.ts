import { expect, test } from "vitest";
import { normalFrom, randomFrom } from "../random.ts";
import { drifts } from "./steady.ts";

const series = (seed: number, slope: number): number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: 20 }, (_, i) => 100 + slope * (i - 9.5) + 3 * normalFrom(random));
};

test.each([
  ["noise around a mean does not drift", series(1, 0), false],
  ["a rise of 40 % over the window drifts", series(1, 2), true],
  ["a fall of 40 % over the window drifts", series(1, -2), true],
  [
    "a rise of 5 % does not drift, however certain it is",
    Array.from({ length: 20 }, (_, i) => 100 + 0.25 * i),
    false,
  ],
  ["three slices do not drift", [1, 2, 3], false],
  ["a series of zeros does not drift", [0, 0, 0, 0, 0, 0], false],
])("%s", (_, means, expected) => expect(drifts(means)).toBe(expected));

test("noise alone is called a drift in about 1 % of series or fewer", () => {
  const called = Array.from({ length: 1000 }, (_, seed) =>
    drifts(series(seed, 0).map((value) => 100 + 10 * (value - 100))),
  ).filter(Boolean);
  expect(called.length).toBeLessThan(25);
});
