import type { Load } from "../../load.ts";
import { concurrencyLoad } from "../../load/concurrency.ts";
import { rateLoad } from "../../load/rate.ts";
import { createLatencyCounter } from "../../record/latencies.ts";
import { type JudgedSlice, type LevelSlices, SLICES } from "../../record/slices.ts";
import { describe, expect, test } from "vitest";
import { steadyCounts } from "./steady.ts";

const BOUND_MS = 500;

/** A level of a minute, by the latencies that were due in each of its seconds. */
function slicesOf(latenciesMs: (slice: number) => number[]): LevelSlices {
  const each = (slice: number): JudgedSlice => {
    const counter = createLatencyCounter();
    for (const ms of latenciesMs(slice)) counter.add(ms);
    const good = latenciesMs(slice).filter((ms) => ms <= BOUND_MS).length;
    return { good, open: 0, histogram: counter.histogram() };
  };
  const counts = Array.from({ length: SLICES }, (_, slice) => latenciesMs(slice).length);
  const ttftMs = counts.map((_, slice) => each(slice));
  return { startMs: 0, endMs: 60_000, due: counts, done: counts, ttftMs, tpotMs: null, e2eMs: null };
}

const steady = (slices: (LevelSlices | null)[], medianE2eMs = 1000, load: Load = concurrencyLoad(10)) =>
  steadyCounts(slices, { load, percentile: 90, medianE2eMs });

describe("the steady part of a level", () => {
  const even = slicesOf(() => [...Array.from({ length: 9 }, () => 100), 900]);
  test("of a closed loop begins one median latency after its ramp, of an open one at once", () => {
    expect(steady([even], 6000)).toMatchObject({ windowS: 54, due: 540, done: 540 });
    expect(steady([even], 6000, rateLoad({ rate: 10 }))).toMatchObject({ windowS: 60, due: 600 });
  });

  test("adds up its shards", () =>
    expect(steady([even, even])?.ttftMs).toMatchObject({ good: 2 * 59 * 9, open: 0, total: 2 * 590 }));

  test.each([
    ["it is shorter than three median latencies", [even], 20_000],
    ["a shard has no slices", [even, null], 1000],
    ["there is no shard", [], 1000],
  ])("is unknown where %s", (_, shards, medianE2eMs) => expect(steady(shards, medianE2eMs)).toBeNull());

  test("is worth all its requests where slow ones come one by one, and few where they come together", () => {
    const together = slicesOf((slice) => Array.from({ length: 10 }, () => (slice % 20 < 2 ? 900 : 100)));
    expect(steady([even])?.ttftMs?.worth).toBe(590);
    expect(steady([together])?.ttftMs?.worth).toBeLessThan(120);
    expect(steady([together])?.ttftMs).toMatchObject({ good: 540, total: 590 });
  });
});
