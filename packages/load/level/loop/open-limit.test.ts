import { rateDemand, rateLoad } from "@brimline/core/load/rate";
import { expect, test } from "vitest";
import { openLimitOf } from "./open-limit.ts";

test.each([
  ["is four times what Little's law expects: 100/s over 2 shards × 5 s", 100, 2, 5000, 1000],
  ["is 256 at least", 1, 1, 2000, 256],
  ["is 10,000 at most", 10_000, 1, 5000, 10_000],
  ["is 10,000 where no warm-up ran", 1, 1, null, 10_000],
])("the bound on open requests of a shard %s", (_, rate, shards, largestE2eMs, bound) =>
  expect(openLimitOf(rateDemand(rateLoad({ rate })), shards, largestE2eMs)).toBe(bound),
);
