import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createLatencyCounter,
  countAbove,
  latencyAt,
  type LatencyHistogram,
  LatencyHistogram as Schema,
  mergedHistogram,
  quantileAt,
} from "./latencies.ts";

function histogramOf(values: number[]): LatencyHistogram {
  const counter = createLatencyCounter();
  for (const value of values) counter.add(value);
  return counter.histogram();
}

/** The value at this share, as `latencyAt` defines it. */
const exactAt = (values: number[], p: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(p * values.length)) - 1] ?? Number.NaN;

/** From 1 µs to an hour, as even on a log scale as latencies are. */
const latency = fc.double({ min: Math.log(0.001), max: Math.log(3.6e6), noNaN: true }).map(Math.exp);
const latencies = fc.array(latency, { minLength: 1, maxLength: 200 });
const share = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1);

test("every percentile is within 1 % of the exact one", () => {
  fc.assert(
    fc.property(latencies, share, (values, p) => {
      const exact = exactAt(values, p);
      expect(Math.abs((latencyAt(histogramOf(values), p) ?? 0) / exact - 1)).toBeLessThan(0.0100001);
    }),
  );
});

test("the histograms of shards add up to that of all requests, in any order", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.oneof(latency, fc.constant(Infinity)))), (shards) => {
      const histograms = shards.map(histogramOf);
      const whole = histogramOf(shards.flat());
      expect(mergedHistogram(histograms)).toEqual(whole);
      expect(mergedHistogram(histograms.toReversed())).toEqual(whole);
      const [first, ...rest] = histograms;
      if (first !== undefined) expect(mergedHistogram([mergedHistogram(rest), first])).toEqual(whole);
    }),
  );
});

describe("what was cut", () => {
  const cut = histogramOf(Array.from({ length: 100 }, (_, i) => (i < 94 ? 100 : Infinity)));

  test("ranks above all others", () => expect(latencyAt(cut, 0.94)).toBeCloseTo(100, 0));
  test("leaves a percentile that falls on it unknown", () => expect(latencyAt(cut, 0.95)).toBeNull());
});

test("nothing has no percentile", () => expect(latencyAt(histogramOf([]), 0.5)).toBeNull());

test.each([
  ["below 1 µs is counted as 1 µs", 0, 0.001],
  ["above an hour is counted as an hour", 1e9, 3.6e6],
])("a latency %s", (_, ms, counted) =>
  expect(Math.abs((latencyAt(histogramOf([ms]), 0.5) ?? 0) / counted - 1)).toBeLessThan(0.03),
);

test("a histogram of 10 million requests over every bucket has at most 6 kB", () => {
  const whole = histogramOf(Array.from({ length: 40_000 }, (_, i) => 0.001 * 3.6e9 ** (i / 39_999)));
  const scaled = { ...whole, counts: whole.counts.map(() => Math.ceil(1e7 / whole.counts.length)) };
  expect(whole.counts.length).toBeGreaterThan(1000);
  expect(JSON.stringify(Schema.parse(scaled)).length).toBeLessThan(6000);
});

test("within buckets ranks are even: a quantile has its share above it, and a cut value ranks above all", () => {
  const values = Array.from({ length: 1000 }, (_, i) => 100 * Math.exp(i / 1000));
  const histogram = histogramOf([...values, Infinity]);
  for (const p of [0.1, 0.5, 0.9]) {
    const value = quantileAt(histogram, p) ?? Number.NaN;
    expect(value / (100 * Math.exp((p * 1001) / 1000))).toBeCloseTo(1, 2);
    expect(countAbove(histogram, value)).toBeCloseTo((1 - p) * 1001, 6);
  }
  expect([quantileAt(histogram, 1), quantileAt(histogramOf([]), 0.5)]).toEqual([null, null]);
});
