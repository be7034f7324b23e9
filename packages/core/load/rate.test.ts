import { due, SCHEDULE } from "@brimline/testkit/arrival";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrivalCount } from "./arrival.ts";
import { ArrivalName } from "./arrivals.ts";
import { rateDemand, rateLoad, strayFields } from "./rate.ts";

const levels = fc.record({
  rate: fc.double({ min: 0.05, max: 400, noNaN: true }),
  arrival: fc.constantFrom(...ArrivalName.options),
  burstiness: fc.double({ min: 0.05, max: 100, noNaN: true }),
});
const durationMs = fc.integer({ min: 1000, max: 60_000 });

describe("a schedule, whatever its pattern,", () => {
  test("brings as many requests as its rate says, in order and within its time", () =>
    fc.assert(
      fc.property(levels, durationMs, (level, length) => {
        const times = due(level, length);
        expect(times).toHaveLength(arrivalCount(level.rate, length));
        expect(rateDemand(rateLoad(level)).countIn(length / 1000)).toBe(times.length);
        expect(times.every((at, i) => at >= (times[i - 1] ?? 0) && at <= length)).toBe(true);
      }),
      { numRuns: 60 },
    ));
  test.each([1, 4, 7])("is the same workload over %i shards", (shards) =>
    fc.assert(
      fc.property(levels, durationMs, (level, length) => {
        const demand = rateDemand(rateLoad(level));
        const stop = { durationS: length / 1000, requests: null };
        const parts = Array.from({ length: shards }, (_, shard) => [
          ...demand.schedule(SCHEDULE, { shard, shards }, stop),
        ]);
        expect(parts.every((part, shard) => part.every(({ index }) => index % shards === shard))).toBe(true);
        const all = parts.flat().toSorted((a, b) => a.index - b.index);
        expect(all.map(({ dueMs }) => dueMs)).toEqual(due(level, 1000 * (length / 1000)));
      }),
      { numRuns: 20 },
    ),
  );
  test.each([
    ["the job", { ...SCHEDULE, seed: "other" }],
    ["the level", { ...SCHEDULE, levelId: "l02" }],
    ["the repeat", { ...SCHEDULE, repeat: 1 }],
  ])("changes with %s, and with nothing else", (_, name) => {
    expect(due({ rate: 10 }, 10_000, name)).not.toEqual(due({ rate: 10 }, 10_000));
    expect(due({ rate: 10 }, 10_000)).toEqual(due({ rate: 10 }, 10_000));
  });
  test("keeps its rate within 1 % in every half of a long level", () => {
    const times = due({ rate: 500 }, 400_000);
    const half = times.filter((at) => at < 200_000).length;
    expect(Math.abs(half / 100_000 - 1)).toBeLessThan(0.01);
    expect(times.length).toBe(200_000);
  });
});

/** The variance of the number of requests due in a time in which 100 are due on average, ÷ 100. */
function dispersionIn(times: number[], spanMs: number): number {
  const counts = Array.from({ length: Math.floor(times.length / 100) }, () => 0);
  for (const at of times) counts[Math.floor(at / spanMs)] = (counts[Math.floor(at / spanMs)] ?? 0) + 1;
  return counts.reduce((sum, count) => sum + (count - 100) ** 2, 0) / counts.length / 100;
}

test.each(ArrivalName.options)("arrivals by %s vary as much as the pattern says", (arrival) => {
  const level = { rate: 1000, arrival, burstiness: 0.25 };
  const { dispersion } = rateDemand(rateLoad(level));
  const measured = dispersionIn(due(level, 200_000), 100);
  expect(Math.abs(measured - dispersion)).toBeLessThan(0.1 * dispersion + 0.01);
});

describe("a load keeps", () => {
  test("the pattern's own field, and null for those of others", () => {
    const kept = { kind: "rate", ratePerS: 2 };
    expect(rateLoad({ rate: 2 })).toMatchObject({ ...kept, arrival: "poisson", burstiness: null });
    expect(rateLoad({ rate: 2, arrival: "gamma" })).toMatchObject({
      ...kept,
      arrival: "gamma",
      burstiness: 1,
    });
    expect(rateLoad({ rate: 2, arrival: "gamma", burstiness: 0.5 }).burstiness).toBe(0.5);
  });
  test.each([
    ["constant", 0],
    ["poisson", 1],
    ["gamma", 4],
  ] as const)("its dispersion: %s %d", (arrival, dispersion) =>
    expect(rateDemand(rateLoad({ rate: 2, arrival, burstiness: 0.25 })).dispersion).toBe(dispersion),
  );
});

test("a field of another pattern is told, with what would make it right", () => {
  expect(strayFields({ rate: 2, arrival: "gamma", burstiness: 0.5 })).toEqual([]);
  expect(strayFields({ rate: 2, burstiness: 0.5 })).toEqual([
    {
      field: "burstiness",
      detail: 'is for gamma arrivals only: add "arrival": "gamma", or leave it out',
    },
  ]);
});
