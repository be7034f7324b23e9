import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../record/record.ts";
import { answeredRequest } from "../report/synthetic.ts";
import { coalescedPercent, eachGap, isOneTokenAChunk, stallsOf } from "./chunk.ts";

const withGapsMs = (...gaps: number[]): RequestRecord => ({
  ...answeredRequest({ sentMs: 500, ttftMs: 1, gapMs: 1, outputTokens: 1 }),
  gapsUs: gaps.map((gap) => 1000 * gap),
});

function gapsOf(record: RequestRecord): [number, number][] {
  const gaps: [number, number][] = [];
  eachGap(record, (gapMs, endMs) => gaps.push([gapMs, endMs]));
  return gaps;
}

describe("chunk gaps", () => {
  test("the wait for the first chunk is no gap", () =>
    expect(gapsOf(withGapsMs(200, 20, 30))).toEqual([
      [20, 720],
      [30, 750],
    ]));
  test("chunks of one socket read are one arrival", () => expect(gapsOf(withGapsMs(200, 0, 0, 60))).toEqual([[60, 760]]));
  test("coalesced chunks are counted in percent of all chunks", () => expect(coalescedPercent([withGapsMs(200, 0, 0, 60)])).toBe(50));
  test("a request without output has none", () => expect([gapsOf(withGapsMs()), coalescedPercent([withGapsMs()])]).toEqual([[], null]));
});

describe("stalls", () => {
  test("a gap of 600 ms among gaps of 20 ms is one, with its share of the streaming time", () =>
    expect(stallsOf([withGapsMs(200, 20, 600, 20)], 20)).toEqual({ count: 1, longestMs: 600, timePercent: (100 * 600) / 640 }));
  test("a gap of 240 ms is none", () => expect(stallsOf([withGapsMs(200, 20, 240)], 20)).toMatchObject({ count: 0, longestMs: null, timePercent: 0 }));
  test("among gaps of 200 ms one of 600 ms is none: five medians", () => expect(stallsOf([withGapsMs(9, 200, 600)], 200).count).toBe(0));
  test("a long wait for the first chunk is none", () => expect(stallsOf([withGapsMs(5000, 20)], 20).count).toBe(0));
  test("without output the share is unknown", () => expect(stallsOf([withGapsMs()], null)).toEqual({ count: 0, longestMs: null, timePercent: null }));
});

test.each([
  [100, 100, true],
  [102, 100, true],
  [103, 100, false],
  [99, 100, false],
  [0, 0, false],
])("%d tokens in %d chunks: one chunk is one token: %s", (tokens, chunks, expected) => expect(isOneTokenAChunk(tokens, chunks)).toBe(expected));
