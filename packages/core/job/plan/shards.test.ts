import { rateLoad } from "../../load/rate.ts";
import { describe, expect, test } from "vitest";
import { shardsOf } from "./shards.ts";

describe("a level by rate is laid out", () => {
  const rules = { maxShards: 4, usersPerShard: 250 };
  test.each<[string, number, number | null, number]>([
    ["by what it has in flight: 100/s × 6 s", 100, 6000, 3],
    ["by its rate, where answers are short", 1200, 50, 3],
    ["over no more shards than there may be", 5000, 6000, 4],
    ["by a guess, before the warm-up told", 10, null, 1],
  ])("%s", (_, rate, e2eMs, shards) => expect(shardsOf(rateLoad({ rate }), e2eMs, rules)).toBe(shards));
});
