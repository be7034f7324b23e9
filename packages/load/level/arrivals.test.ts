import { expect, test } from "vitest";
import { createArrivals } from "./arrivals.ts";

/** So many answers of ten chunks each, of which the first ones have these chunks merged. */
function counted(answers: number, merged: { chunk: number; chunks: number; earlierUs: number }[][]) {
  const arrivals = createArrivals("kernel");
  for (let i = 0; i < answers; i++)
    arrivals.add({ gapsUs: Array.from({ length: 10 }, () => 20_000), merged: merged[i] ?? [] });
  return arrivals.counts();
}
const chunkThree = { chunk: 3, chunks: 1, earlierUs: 5000 };

test("chunks are counted over all requests, and merged ones too", () =>
  expect(counted(20, [[chunkThree], [{ chunk: 0, chunks: 1, earlierUs: 9 }, chunkThree]])).toMatchObject({
    clock: "kernel",
    chunks: 200,
    merged: 3,
  }));

test("chunks that one read merged count each, and the first of them as a first one", () =>
  expect(counted(2, [[{ chunk: 0, chunks: 4, earlierUs: 2000 }]])).toMatchObject({ chunks: 20, merged: 4 }));

test.each([
  ["without a merged chunk", [], 0, 0],
  ["of which exactly one in a hundred is merged", [[chunkThree], [chunkThree]], 0, 0],
  ["of which a little more are merged", [[chunkThree], [chunkThree], [chunkThree]], 5, 0],
  [
    "of which four of one read are merged, without a first one",
    [[{ chunk: 3, chunks: 4, earlierUs: 5000 }]],
    5,
    0,
  ],
  ["of which a first one is merged", [[{ chunk: 0, chunks: 1, earlierUs: 2000 }]], 0, 2],
] as const)("the P99 of 200 chunks in 20 answers %s", (_, merged, all, first) => {
  const { earlierP99Ms, firstEarlierP99Ms } = counted(
    20,
    merged.map((of) => [...of]),
  );
  expect(earlierP99Ms).toBeCloseTo(all, 1);
  expect(firstEarlierP99Ms).toBeCloseTo(first, 1);
});

test("the P99 lies among the merged chunks by the rank that it has among all", () => {
  const merged = Array.from({ length: 10 }, (_, i) => [{ chunk: 1, chunks: 1, earlierUs: 1000 * (i + 1) }]);
  // Of 500 chunks the 495th counts. 490 are exact, so it is the fifth of ten.
  expect(Math.abs(counted(50, merged).earlierP99Ms - 5)).toBeLessThan(0.05);
});

test("a shard that read nothing has nothing merged", () =>
  expect(counted(0, [])).toEqual({
    clock: "kernel",
    chunks: 0,
    merged: 0,
    earlierP99Ms: 0,
    firstEarlierP99Ms: 0,
  }));
