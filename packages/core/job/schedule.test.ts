import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawLength, rampMs, requestSeed, requestShape, requestsOf, usersOf } from "./schedule.ts";
import { randomFrom } from "../random.ts";

const counts = { users: fc.integer({ min: 1, max: 2000 }), shards: fc.integer({ min: 1, max: 20 }) };

describe("the workload does not depend on the number of shards", () => {
  test("every user belongs to exactly one shard", () =>
    fc.assert(
      fc.property(counts.users, counts.shards, (users, shards) => {
        const all = Array.from({ length: shards }, (_, shard) => usersOf(shard, shards, users)).flat();
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: users }, (_, user) => user));
      }),
    ));
  test("the shards' requests add up to what was asked", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), counts.shards, (requests, shards) => {
        const all = Array.from({ length: shards }, (_, shard) => requestsOf(shard, shards, requests) ?? Number.NaN);
        expect(all.reduce((sum, count) => sum + count, 0)).toBe(requests);
      }),
    ));
  test("a request has the same shape wherever it runs", () =>
    expect(requestShape(7, requestSeed("job", "l01", 0, 7), { inputTokens: { min: 1, max: 1000 }, outputTokens: 5 })).toEqual(
      requestShape(7, requestSeed("job", "l01", 0, 7), { inputTokens: { min: 1, max: 1000 }, outputTokens: 5 }),
    ));
  test("another repeat has other requests", () => expect(requestSeed("job", "l01", 1, 7)).not.toBe(requestSeed("job", "l01", 0, 7)));
});

test("users start evenly spread over the ramp", () => expect([0, 1, 2, 3].map((user) => rampMs(user, 4, 2))).toEqual([0, 500, 1000, 1500]));

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
  test("a normal never asks for less than one token", () => expect(Math.min(...draws({ mean: 1, stdev: 50 }))).toBe(1));
});
