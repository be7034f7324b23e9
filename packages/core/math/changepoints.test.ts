import { normalFrom, randomFrom } from "../random.ts";
import { describe, expect, test } from "vitest";
import { changepoints } from "./changepoints.ts";

const noise = (size: number, seed: number): number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: size }, () => normalFrom(random));
};
const found = (values: number[], alpha = 0.05): number[] =>
  changepoints(values, { alpha, least: 3, random: randomFrom(1) }).map(({ at }) => at);

describe("a series of normal values", () => {
  test("of one kind is split in about as many of 100 as asked", () => {
    const split = Array.from({ length: 100 }, (_, seed) => found(noise(20, seed))).filter(
      ({ length }) => length > 0,
    );
    expect(split.length).toBeGreaterThan(0);
    expect(split.length).toBeLessThan(13);
  });

  test("whose mean rises by four deviations is split there, with hardly a chance", () => {
    const values = noise(30, 5).map((value, i) => (i < 21 ? value : value + 4));
    const [only, ...others] = changepoints(values, { alpha: 0.01, least: 3, random: randomFrom(1) });
    expect([only?.at, others]).toEqual([21, []]);
    expect(only?.chance).toBeCloseTo(1 / 500, 6);
  });

  test("that changes and changes back is split twice, in order", () =>
    expect(found(noise(36, 2).map((value, i) => (i >= 12 && i < 24 ? value + 5 : value)))).toEqual([12, 24]));

  test("whose last three are others is split, and one whose last two are is not", () => {
    const late = (from: number) => noise(20, 3).map((value, i) => (i < from ? value : value + 9));
    expect(found(late(17))).toEqual([17]);
    expect(found(late(18))).not.toContain(18);
  });
});

test("how far the values lie apart does not matter where all of them do: the order alone decides", () =>
  expect(found([1, 1000, 1, 1000, 1, 1000, 1, 1000, 1, 1000])).toEqual([]));

test("equal values, and too few, are not split", () => {
  expect(found(Array.from({ length: 40 }, () => 7))).toEqual([]);
  expect(found([1, 1, 9, 9, 9])).toEqual([]);
  expect(found([])).toEqual([]);
});

test("the same random numbers give the same answer", () => {
  const values = noise(30, 4).map((value, i) => (i < 15 ? value : value + 1));
  const ask = () => changepoints(values, { alpha: 0.2, least: 3, random: randomFrom(7) });
  expect(ask()).toEqual(ask());
});
