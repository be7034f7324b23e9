import fc from "fast-check";
import { expect, test } from "vitest";
import { concurrencyDemand, concurrencyLoad, rampMs, usersOf } from "./concurrency.ts";

const shardCount = fc.integer({ min: 1, max: 20 });
const NAME = { seed: "job", levelId: "l01", repeat: 0 };

test("every user belongs to exactly one shard", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), shardCount, (users, shards) => {
      const all = Array.from({ length: shards }, (_, shard) => usersOf(shard, shards, users)).flat();
      expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: users }, (_, user) => user));
    }),
  ));

test("the shards together send the requests that were asked, each once", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), shardCount, (requests, shards) => {
      const demand = concurrencyDemand(concurrencyLoad(1));
      const all = Array.from({ length: shards }, (_, shard) => [
        ...demand.schedule(NAME, { shard, shards }, { durationS: null, requests }),
      ]).flat();
      expect(all.every(({ dueMs }) => dueMs === null)).toBe(true);
      expect(all.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: requests }, (_, index) => index),
      );
    }),
  ));

test("users start evenly spread over the ramp", () =>
  expect([0, 1, 2, 3].map((user) => rampMs(user, 4, 2000))).toEqual([0, 500, 1000, 1500]));
