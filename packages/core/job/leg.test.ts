import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dueTimesOf, type RateLoad } from "./arrival.ts";
import { budgetOf, type Leg, LEG_INDICES, legsOf, placeOf, wholeLevel } from "./leg.ts";
import { missingShards } from "./level.ts";

const level = (durationS: number | null, rampS = 0, requests: number | null = null) => ({
  stop: { durationS, requests },
  rampS,
});
const spansOf = (legs: Leg[]): (number | null)[][] => legs.map(({ startMs, endMs }) => [startMs, endMs]);
const AWS = { maxS: 780, e2eMs: 5000 };

describe("the legs of a level", () => {
  test.each<[string, ReturnType<typeof level>, number, (number | null)[][]]>([
    ["one, where it is short enough", level(780), 5000, [[0, 780_000]]],
    [
      "two of one length",
      level(1000),
      5000,
      [
        [0, 500_000],
        [500_000, 1_000_000],
      ],
    ],
    [
      "the ramp counts",
      level(600, 200),
      5000,
      [
        [0, 400_000],
        [400_000, 800_000],
      ],
    ],
    [
      "a ramp is never handed over",
      level(300, 600),
      5000,
      [
        [0, 600_000],
        [600_000, 900_000],
      ],
    ],
    ["one, where only its requests end it", level(null, 0, 1000), 5000, [[0, null]]],
    ["one, where its requests may end it before its time", level(1000, 0, 1000), 5000, [[0, 1_000_000]]],
    [
      "shorter ones for answers of 130 s: they must end in the same function",
      level(1500),
      130_000,
      [
        [0, 500_000],
        [500_000, 1_000_000],
        [1_000_000, 1_500_000],
      ],
    ],
    [
      "no shorter than half",
      level(1560),
      3_600_000,
      [
        [0, 390_000],
        [390_000, 780_000],
        [780_000, 1_170_000],
        [1_170_000, 1_560_000],
      ],
    ],
  ])("%s", (_, given, e2eMs, spans) => expect(spansOf(legsOf(given, { maxS: 780, e2eMs }))).toEqual(spans));

  test("without a limit there is one", () =>
    expect(legsOf(level(14_400), { maxS: Infinity, e2eMs: null })).toEqual([wholeLevel(level(14_400))]));

  test("a later leg's users begin over the largest E2E, at most 30 s", () => {
    expect(legsOf(level(1000, 60), AWS).map(({ rampMs }) => rampMs)).toEqual([60_000, 5000]);
    expect(legsOf(level(1000, 60), { maxS: 780, e2eMs: 50_000 }).map(({ rampMs }) => rampMs)).toEqual([
      60_000, 30_000,
    ]);
    expect(legsOf(level(1000, 10), { maxS: 780, e2eMs: null }).map(({ rampMs }) => rampMs)).toEqual([
      10_000, 10_000,
    ]);
  });

  test("join without a gap, last no longer than they may, and take over from one another after the ramp", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14_400 }),
        fc.integer({ min: 0, max: 600 }),
        fc.nat(60_000),
        (durationS, rampS, e2eMs) => {
          const legs = legsOf(level(durationS, rampS), { maxS: 780, e2eMs });
          expect(legs.map(({ number }) => number)).toEqual(legs.map((_, number) => number));
          expect(legs[0]?.startMs).toBe(0);
          expect(legs.at(-1)?.endMs).toBe(1000 * (durationS + rampS));
          for (const [i, { startMs, endMs, rampMs }] of legs.entries()) {
            expect((endMs ?? Infinity) - startMs).toBeLessThanOrEqual(780_000 + 1e-6);
            expect(rampMs).toBeLessThanOrEqual((endMs ?? 0) - startMs);
            if (i > 0) expect(startMs).toBe(legs[i - 1]?.endMs);
            if (i > 0) expect(startMs).toBeGreaterThanOrEqual(1000 * rampS);
          }
        },
      ),
    ));
});

describe("the shards of a level in three legs", () => {
  const legs = legsOf(level(2000), AWS);

  test("are numbered leg after leg", () => {
    expect([0, 1, 2, 5].map((shard) => placeOf(shard, 6, legs))).toMatchObject([
      { leg: { number: 0 }, shard: 0, shards: 2 },
      { leg: { number: 0 }, shard: 1, shards: 2 },
      { leg: { number: 1 }, shard: 0, shards: 2 },
      { leg: { number: 2 }, shard: 1, shards: 2 },
    ]);
    expect(() => placeOf(6, 6, legs)).toThrow("there is no shard 6 of 6");
  });

  test.each<[string, [number, "completed" | "endpoint_down"][], number]>([
    ["none is lost where all are done", [0, 1, 2, 3, 4, 5].map((shard) => [shard, "completed"]), 0],
    ["one that left nothing is lost", [0, 1, 2, 4, 5].map((shard) => [shard, "completed"]), 1],
    [
      "those behind a leg that ended the level are not",
      [
        [0, "completed"],
        [1, "endpoint_down"],
      ],
      0,
    ],
    [
      "nor where some of them had begun",
      [
        [0, "completed"],
        [1, "endpoint_down"],
        [3, "endpoint_down"],
      ],
      0,
    ],
    ["one beside a shard that ended the level is", [[1, "endpoint_down"]], 1],
    ["all are, where nothing is there", [], 6],
  ])("%s", (_, done, missing) =>
    expect(
      missingShards(
        done.map(([shard, ended]) => ({ shard, ended })),
        { shards: 6, legs },
      ),
    ).toBe(missing),
  );

  test("spend no more together than the level may, each by its time", () =>
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e9), (requests, outputTokens) => {
        const parts = legs.map((leg) => budgetOf({ requests, outputTokens }, leg, legs));
        expect(parts.reduce((sum, part) => sum + (part.requests ?? 0), 0)).toBeLessThanOrEqual(requests);
        for (const part of parts)
          expect(Math.abs((part.outputTokens ?? 0) - outputTokens / 3)).toBeLessThanOrEqual(1);
      }),
    ));

  test("without a limit, or without another leg, spend what there is", () => {
    const [first] = legs;
    if (first === undefined) throw new Error("no leg");
    expect(budgetOf({ requests: null, outputTokens: null }, first, legs)).toEqual({
      requests: null,
      outputTokens: null,
    });
    expect(budgetOf({ requests: 7, outputTokens: null }, first, [first])).toEqual({
      requests: 7,
      outputTokens: null,
    });
  });
});

describe("the schedule of a rate in legs", () => {
  const NAME = { seed: "job", levelId: "l01", repeat: 0 };
  const load = fc.record({
    kind: fc.constant("rate" as const),
    ratePerS: fc.double({ min: 0.1, max: 20, noNaN: true }),
    arrival: fc.constantFrom("poisson" as const, "constant" as const, "gamma" as const),
    burstiness: fc.constant(0.5),
  });
  test("is the one schedule of the level, each request in the leg it is due in", () =>
    fc.assert(
      fc.property(
        load,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 5, max: 60 }),
        (rate: RateLoad, durationS, maxS) => {
          const legs = legsOf(level(durationS), { maxS, e2eMs: 1000 });
          const parts = legs.map(({ startMs, endMs }) => [
            ...dueTimesOf(
              { shard: 0, shards: 1, startMs, endMs: endMs ?? Infinity },
              NAME,
              rate,
              1000 * durationS,
            ),
          ]);
          expect(parts.flat()).toEqual([
            ...dueTimesOf({ shard: 0, shards: 1 }, NAME, rate, 1000 * durationS),
          ]);
          for (const [i, part] of parts.entries())
            for (const { dueMs } of part) expect(dueMs).toBeGreaterThanOrEqual(legs[i]?.startMs ?? Infinity);
        },
      ),
      { numRuns: 30 },
    ));

  test("is that too where a leg begins behind parts that need not be drawn", () => {
    const rate: RateLoad = { kind: "rate", ratePerS: 200, arrival: "poisson", burstiness: null };
    const indices = (startMs: number, endMs: number): number[] =>
      [...dueTimesOf({ shard: 3, shards: 7, startMs, endMs }, NAME, rate, 200_000)].map(
        ({ index, dueMs }) => index + dueMs,
      );
    expect(
      [...dueTimesOf({ shard: 0, shards: 1 }, NAME, rate, 200_000)].every(({ index }, i) => index === i),
    ).toBe(true);
    expect([...indices(0, 130_000), ...indices(130_000, 200_000)].join(" ")).toBe(
      indices(0, Infinity).join(" "),
    );
  });
});

test("a leg cannot use up its indices, and all of them are whole numbers", () => {
  expect(LEG_INDICES / 780).toBeGreaterThan(1e6);
  expect(Number.isSafeInteger(200 * 40 * LEG_INDICES)).toBe(true);
});
