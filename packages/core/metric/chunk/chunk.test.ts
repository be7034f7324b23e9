import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../record/record.ts";
import { tableOfRecords } from "../../record/columns/table-reader.ts";
import { answeredRequest } from "@brimline/testkit/synthetic";
import { coalescedPercent, isBunched } from "./bunched.ts";
import { collectChunks, createGaps, eachStretch, type Gaps, isOneTokenAChunk, stallsOf } from "./chunk.ts";
import type { Window } from "../statistics/mean.ts";
import type { SteadyRun } from "../window/run.ts";

const withGapsMs = (...gaps: number[]): RequestRecord => ({
  ...answeredRequest({ sentMs: 500, ttftMs: 1, gapMs: 1, outputTokens: 1 }),
  gapsUs: gaps.map((gap) => 1000 * gap),
});

function gapsOf(records: RequestRecord[], window: Window = { startMs: 0, endMs: 1e9, slices: 1 }): Gaps {
  const run: SteadyRun = {
    t0UnixMs: 0,
    records: tableOfRecords(records),
    stopMs: 1e9,
    drainEndMs: 1e9,
    medianE2eMs: 500,
    tokensPerChunk: 1,
    isOpenLoop: false,
    window,
  };
  const gaps = createGaps([run]);
  collectChunks([run], [gaps]);
  return gaps;
}

const valuesOf = ({ inWindows }: Gaps): (number | undefined)[] =>
  Array.from({ length: inWindows.length }, (_, rank) => inWindows.at(rank));

describe("chunk gaps", () => {
  test("do not hold the wait for the first chunk", () =>
    expect(valuesOf(gapsOf([withGapsMs(200, 20, 30)]))).toEqual([20, 30]));
  test("take the chunks of one socket read for one arrival", () =>
    expect(valuesOf(gapsOf([withGapsMs(200, 0, 0, 60)]))).toEqual([60]));
  test("give coalesced chunks in percent of all chunks", () =>
    expect(coalescedPercent(gapsOf([withGapsMs(200, 0, 0, 60)]))).toBe(50));
  test.each([
    ["by tens, 40 ms apart, are bunched", 40, 10, true],
    ["by threes, 5 ms apart, are bunched", 5, 3, true],
    ["by threes, 1 ms apart, come faster than they are read", 1, 3, false],
    ["by fifties, 1 ms apart, are faster than any endpoint", 1, 50, true],
    ["one by one are not", 1, 1, false],
  ])("%s", (_fact, apartMs, together, isSo) => {
    const bunch = [apartMs, ...Array.from({ length: together - 1 }, () => 0)];
    const gaps = gapsOf([withGapsMs(...Array.from({ length: 20 }, () => bunch).flat())]);
    expect(isBunched(gaps, { all: 1, oneArrival: 0 })).toBe(isSo);
  });
  test("of a request without output are none", () => {
    const gaps = gapsOf([withGapsMs()]);
    expect([valuesOf(gaps), coalescedPercent(gaps)]).toEqual([[], null]);
  });
  test("belong to the window in which they end", () => {
    // The chunks arrive at 700, 720, 750 and 790 ms.
    const gaps = gapsOf([withGapsMs(200, 20, 30, 40)], { startMs: 720, endMs: 790, slices: 1 });
    expect(valuesOf(gaps)).toEqual([20, 30]);
    expect(gaps.elsewhere.length).toBe(1);
    expect(gaps.spread().p50.nEff).toBe(1);
  });

  test("have the percentiles of all of them sorted", () => {
    const Gap = fc.oneof(
      fc.nat(50_000),
      fc.integer({ min: 1_040_000, max: 1_060_000 }),
      fc.nat(2 ** 32 - 1),
      fc.constant(0),
      fc.constant(65_535),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(Gap, { maxLength: 40 }), { maxLength: 12 }),
        fc.nat(3000),
        fc.nat(3000),
        (requests, startMs, lengthMs) => {
          const window = { startMs: 500 + startMs, endMs: 500 + startMs + lengthMs };
          const expected: number[] = [];
          for (const gapsUs of requests) {
            let atUs = 0;
            for (const [position, gapUs] of gapsUs.entries()) {
              atUs += gapUs;
              const atMs = 500 + atUs / 1000;
              if (position > 0 && gapUs > 0 && atMs >= window.startMs && atMs < window.endMs)
                expected.push(gapUs / 1000);
            }
          }
          expect(
            valuesOf(
              gapsOf(
                requests.map((gapsUs) => ({ ...withGapsMs(), gapsUs })),
                { ...window, slices: 1 },
              ),
            ),
          ).toEqual(expected.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});

test("stretches of chunks in one cell are found by their ends", () => {
  const stretches: [number, number, number][] = [];
  const atMs = Float64Array.from([1, 2, 9, 11, 12, 35, 36, 99]);
  eachStretch(
    { count: 7, gapsUs: atMs, atMs, tokens: null, earlierUs: null },
    (ms) => Math.floor(ms / 10),
    (...stretch) => stretches.push(stretch),
  );
  expect(stretches).toEqual([
    [0, 0, 3],
    [1, 3, 5],
    [3, 5, 7],
  ]);
});

describe("stalls", () => {
  const stalls = (medianMs: number | null, ...gaps: number[]) =>
    stallsOf(gapsOf([withGapsMs(...gaps)], { startMs: 0, endMs: 740, slices: 1 }), medianMs);
  test("hold a gap of 600 ms among gaps of 20 ms, with its share of the streaming time", () =>
    expect(stalls(20, 200, 20, 600, 20)).toEqual({
      count: 1,
      longestMs: 600,
      timePercent: (100 * 600) / 640,
    }));
  test("do not hold a gap of 240 ms", () =>
    expect(stalls(20, 200, 20, 240)).toMatchObject({ count: 0, longestMs: null, timePercent: 0 }));
  test("do not hold a gap of 600 ms among gaps of 200 ms, because it is below five medians", () =>
    expect(stalls(200, 9, 200, 600).count).toBe(0));
  test("are none among gaps of 700 ms, though the level has no median of its own", () =>
    expect(stalls(null, 9, 700, 700, 700).count).toBe(0));
  test("do not hold a long wait for the first chunk", () => expect(stalls(20, 5000, 20).count).toBe(0));
  test("have an unknown share without output", () =>
    expect(stalls(null)).toEqual({ count: 0, longestMs: null, timePercent: null }));
});

test.each([
  [100, 100, true],
  [102, 100, true],
  [103, 100, false],
  [99, 100, false],
  [0, 0, false],
])("with %d tokens in %d chunks it is %s that one chunk is one token", (tokens, chunks, expected) =>
  expect(isOneTokenAChunk(tokens, chunks)).toBe(expected),
);
