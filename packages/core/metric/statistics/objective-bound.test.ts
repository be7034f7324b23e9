import { describe, expect, test } from "vitest";
import { randomFrom } from "../../random.ts";
import { neededToTell, objectiveFloor } from "../../math/rank.ts";
import { isWithin } from "./objective-bound.ts";

/** So many values within a bound of 10, and so many beyond it. */
const values = (within: number, beyond: number): Float64Array =>
  Float64Array.from([
    ...Array.from({ length: within }, () => 1),
    ...Array.from({ length: beyond }, () => 99),
  ]);

describe("a percentile lies within a bound, beyond it, or neither can be told", () => {
  test.each([
    ["59 values within it are enough for a P95", 59, 0, 0.95, true],
    ["58 are not", 58, 0, 0.95, null],
    ["93 with one beyond it are enough", 92, 1, 0.95, true],
    ["92 with one beyond it are not", 91, 1, 0.95, null],
    ["299 within it are enough for a P99", 299, 0, 0.99, true],
    ["298 are not", 298, 0, 0.99, null],
    ["5 % beyond it tell nothing, however many there are", 9500, 500, 0.95, null],
    ["10 % of 100 beyond it miss a P95", 90, 10, 0.95, false],
    ["9 % of 100 may be chance", 91, 9, 0.95, null],
    ["two beyond it miss a P50 only with five in all", 0, 5, 0.5, false],
    ["a single value beyond it tells of a P95", 0, 1, 0.95, false],
    ["no values tell nothing", 0, 0, 0.95, null],
  ])("%s", (_, within, beyond, p, side) => {
    const sorted = values(within, beyond);
    expect(isWithin(sorted, p, sorted.length, 10)).toBe(side);
  });

  test("values that are worth fewer independent ones tell less", () => {
    expect(isWithin(values(200, 0), 0.95, 59, 10)).toBe(true);
    expect(isWithin(values(200, 0), 0.95, 58.9, 10)).toBeNull();
    expect(isWithin(values(180, 20), 0.95, 200, 10)).toBe(false);
    expect(isWithin(values(180, 20), 0.95, 20, 10)).toBeNull();
  });

  test("a value at the bound is within it", () => expect(isWithin(values(59, 0), 0.95, 59, 1)).toBe(true));

  test("either answer is wrong at most once in 20, where the percentile is the bound", () => {
    const random = randomFrom(7);
    const trials = 1000;
    const said = Array.from({ length: trials }, () =>
      isWithin(Float64Array.from({ length: 200 }, random).sort(), 0.9, 200, 0.9),
    );
    for (const side of [true, false])
      expect(said.filter((one) => one === side).length / trials).toBeLessThan(0.065);
  });
});

test("how many values tell grows as the percentile nears the bound", () => {
  expect([objectiveFloor(0.9), objectiveFloor(0.95), objectiveFloor(0.99)]).toEqual([29, 59, 299]);
  expect(neededToTell(0, 0.95)).toBe(59);
  expect(neededToTell(0.04, 0.95)).toBeGreaterThan(1000);
  expect(neededToTell(0.25, 0.75)).toBe(Infinity);
});
