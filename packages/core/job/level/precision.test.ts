import { describe, expect, test } from "vitest";
import { loadOf } from "../../load.ts";
import { createLatencyCounter } from "../../record/latencies.ts";
import { type LevelSlices, SLICES } from "../../record/slices.ts";
import { normalFrom, randomFrom } from "../../random.ts";
import { type HalfWidths, halfWidthsOf, knownTo, partsWanted } from "./precision.ts";

const USERS = loadOf(8);
const RATE = loadOf({ rate: 2 });
const sure = (percent: number): HalfWidths => ({ throughput: percent, ttftP50: percent, e2eP50: percent });
const wanted = (parts: (HalfWidths | null)[], load = USERS, withinS = 600): number =>
  partsWanted(parts, { load, durationS: 30 }, { percent: 3, withinS });

describe("how many parts a level wants", () => {
  test.each<[string, (HalfWidths | null)[], number]>([
    ["one at first", [], 1],
    ["no more once it is sure", [sure(2)], 1],
    ["twice as many where it is not", [sure(5)], 2],
    ["no more after the second look, where two parts of 4 % make 2.8 %", [sure(4), sure(4)], 2],
    ["four, however sure the third is, because nobody looks in between", [sure(9), sure(9), sure(0.1)], 4],
    ["more where nothing is known of a part", [null], 2],
    ["no more than there is time for: 16 parts of 30 s", Array.from({ length: 16 }, () => sure(90)), 16],
  ])("%s", (_, parts, count) => expect(wanted(parts)).toBe(count));

  test("ends where twice as many would take longer than it may", () => {
    expect(wanted([sure(9), sure(9)], USERS, 119)).toBe(2);
    expect(wanted([sure(9), sure(9)], USERS, 120)).toBe(4);
  });

  test("waits for the throughput of users, and not for that of a rate, which was asked", () => {
    const part = { ...sure(1), throughput: 20 };
    expect([wanted([part]), wanted([part], RATE)]).toEqual([2, 1]);
  });

  test("waits for no figure that the endpoint does not have, and for one that only some parts have", () => {
    const noStream = { ...sure(1), ttftP50: null };
    expect(knownTo([noStream], USERS)).toBe(1);
    expect(knownTo([noStream, sure(1)], USERS)).toBeNull();
    expect(knownTo([{ throughput: null, ttftP50: null, e2eP50: null }], USERS)).toBeNull();
  });
});

/** A level whose slices bring 100 tokens ± 10 %, and five requests each of 1 s ± 20 %. */
function slicesOf(seed: number): LevelSlices {
  const random = randomFrom(seed);
  const slices = Array.from({ length: SLICES }, () => {
    const counter = createLatencyCounter();
    for (let i = 0; i < 5; i++) counter.add(1000 * Math.exp(0.2 * normalFrom(random)));
    return { good: 0, open: 0, histogram: counter.histogram() };
  });
  const tokens = slices.map(() => 100 + 10 * normalFrom(random));
  const count = slices.map(() => 5);
  return {
    startMs: 0,
    endMs: 60_000,
    due: count,
    done: count,
    outputTokens: tokens,
    ttftMs: null,
    tpotMs: null,
    e2eMs: slices,
  };
}

test("half widths are those that theory gives independent requests, and null without the latency", () => {
  const all = Array.from({ length: 40 }, (_, i) => halfWidthsOf(slicesOf(i), 0));
  const mean = (of: (one: HalfWidths) => number | null): number =>
    all.reduce((sum, one) => sum + (of(one) ?? Number.NaN), 0) / all.length;
  // 2.45 standard errors of 60 slices that vary by a tenth, and 1.96 × 1.25 of 300 logarithms that vary by a fifth.
  expect(mean(({ throughput }) => throughput) / ((2.45 * 10) / Math.sqrt(60))).toBeCloseTo(1, 0);
  expect(mean(({ e2eP50 }) => e2eP50) / ((1.96 * 1.253 * 20) / Math.sqrt(300))).toBeCloseTo(1, 0);
  expect(all[0]?.ttftP50).toBeNull();
});

test("without output tokens what is done counts as throughput, and a few slices tell nothing", () => {
  const { outputTokens: _, ...noTokens } = slicesOf(1);
  expect(halfWidthsOf(noTokens, 0).throughput).toBe(0);
  expect(halfWidthsOf(slicesOf(1), 45)).toEqual({ throughput: null, ttftP50: null, e2eP50: null });
});
