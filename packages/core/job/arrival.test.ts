import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrivalCount, dueTimes, dueTimesOf, gammaFrom, openLimitOf, type RateLoad } from "./arrival.ts";
import { randomFrom } from "../random.ts";

const NAME = { seed: "job", levelId: "l01", repeat: 0 };
const poisson = (ratePerS: number): RateLoad => ({
  kind: "rate",
  ratePerS,
  arrival: "poisson",
  burstiness: null,
});
const gamma = (ratePerS: number, burstiness: number): RateLoad => ({
  kind: "rate",
  ratePerS,
  arrival: "gamma",
  burstiness,
});
const constant = (ratePerS: number): RateLoad => ({
  kind: "rate",
  ratePerS,
  arrival: "constant",
  burstiness: null,
});
const due = (load: RateLoad, durationMs: number, name = NAME): number[] => [
  ...dueTimes(name, load, durationMs),
];
const gapsOf = (times: number[]): number[] => times.slice(1).map((at, i) => at - (times[i] ?? Number.NaN));

/**
 * The largest distance of an empirical distribution from a true one ÷ its 1 % critical value (Kolmogorov:
 * 1.628 ÷ √n).
 */
function ksAt1Percent(values: number[], cdf: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const distance = sorted.reduce(
    (most, x, i) => Math.max(most, Math.abs(cdf(x) - i / n), Math.abs(cdf(x) - (i + 1) / n)),
    0,
  );
  return distance / (1.628 / Math.sqrt(n));
}
const exponentialCdf =
  (meanMs: number) =>
  (x: number): number =>
    1 - Math.exp(-x / meanMs);
/**
 * P(gamma ≤ x) for whole and half shapes. Whole ones take Erlang's sum; half ones take erf and the same
 * recurrence from shape ½.
 */
function gammaCdf(shape: number, scale: number): (x: number) => number {
  return (x) => {
    const t = x / scale;
    let term = shape % 1 === 0 ? Math.exp(-t) : Math.exp(-t) * Math.sqrt(t) * (2 / Math.sqrt(Math.PI));
    let total = shape % 1 === 0 ? 1 - term : erf(Math.sqrt(t));
    for (let k = shape % 1 === 0 ? 1 : 1.5; k < shape; k++) {
      if (shape % 1 === 0) term *= t / k;
      total -= term;
      if (shape % 1 !== 0) term *= t / k;
    }
    return total;
  };
}
/** Simpson's rule, which is exact to 1e-9 here. */
function erf(x: number): number {
  const intervals = 400;
  const f = (u: number): number => Math.exp(-u * u);
  const inner = Array.from(
    { length: intervals - 1 },
    (_, i) => (i % 2 === 0 ? 4 : 2) * f((x * (i + 1)) / intervals),
  ).reduce((sum, value) => sum + value, 0);
  return (2 / Math.sqrt(Math.PI)) * (x / intervals / 3) * (f(0) + inner + f(x));
}

describe("gaps have the distribution that was asked", () => {
  test.each([1, 2, 3, 4, 5])("poisson: exponential with mean 1 / rate (seed %i)", (seed) =>
    expect(
      ksAt1Percent(gapsOf(due(poisson(50), 100_000, { ...NAME, seed: `s${seed}` })), exponentialCdf(20)),
    ).toBeLessThan(1),
  );
  test.each([0.5, 2, 4])("gamma: shape = burstiness %d, mean 1 / rate", (burstiness) =>
    expect(
      ksAt1Percent(gapsOf(due(gamma(50, burstiness), 100_000)), gammaCdf(burstiness, 20 / burstiness)),
    ).toBeLessThan(1),
  );
  test("the test tells one distribution from another", () => {
    expect(ksAt1Percent(gapsOf(due(gamma(50, 2), 100_000)), exponentialCdf(20))).toBeGreaterThan(3);
    expect(ksAt1Percent(gapsOf(due(gamma(50, 0.5), 100_000)), exponentialCdf(20))).toBeGreaterThan(3);
    expect(ksAt1Percent(gapsOf(due(poisson(55), 100_000)), exponentialCdf(20))).toBeGreaterThan(1);
  });
  test("a long level, drawn in parts, shows no seam", () =>
    expect(ksAt1Percent(gapsOf(due(gamma(200, 2), 200_000)), gammaCdf(2, 2.5))).toBeLessThan(1));
  test("gamma of burstiness 1 is Poisson", () =>
    expect(due(gamma(20, 1), 10_000)).toEqual(due(poisson(20), 10_000)));
  test("constant: one every 1 / rate s, the first at T0", () =>
    expect(due(constant(4), 1000)).toEqual([0, 250, 500, 750]));
  test("the variance of gamma values is their shape", () => {
    const random = randomFrom(1);
    const values = Array.from({ length: 20_000 }, () => gammaFrom(random, 0.25));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0.25, 1);
    expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(0.25, 1);
  });
});

const loads = fc.oneof(
  fc.double({ min: 0.05, max: 400, noNaN: true }).map(poisson),
  fc.double({ min: 0.05, max: 400, noNaN: true }).map(constant),
  fc
    .tuple(fc.double({ min: 0.05, max: 400, noNaN: true }), fc.double({ min: 0.05, max: 100, noNaN: true }))
    .map(([rate, burstiness]) => gamma(rate, burstiness)),
);
const durationMs = fc.integer({ min: 1000, max: 60_000 });

describe("a schedule", () => {
  test("brings as many requests as its rate says, in order and within its time", () =>
    fc.assert(
      fc.property(loads, durationMs, (load, length) => {
        const times = due(load, length);
        expect(times).toHaveLength(arrivalCount(load.ratePerS, length));
        expect(times.every((at, i) => at >= (times[i - 1] ?? 0) && at <= length)).toBe(true);
      }),
      { numRuns: 60 },
    ));
  test.each([1, 4, 7])("is the same workload over %i shards", (shards) =>
    fc.assert(
      fc.property(loads, durationMs, (load, length) => {
        const parts = Array.from({ length: shards }, (_, shard) => [
          ...dueTimesOf({ shard, shards }, NAME, load, length),
        ]);
        expect(parts.every((part, shard) => part.every(({ index }) => index % shards === shard))).toBe(true);
        const all = parts.flat().toSorted((a, b) => a.index - b.index);
        expect(all.map(({ dueMs }) => dueMs)).toEqual(due(load, length));
      }),
      { numRuns: 20 },
    ),
  );
  test.each([
    ["the job", { ...NAME, seed: "other" }],
    ["the level", { ...NAME, levelId: "l02" }],
    ["the repeat", { ...NAME, repeat: 1 }],
  ])("changes with %s, and with nothing else", (_, name) => {
    expect(due(poisson(10), 10_000, name)).not.toEqual(due(poisson(10), 10_000));
    expect(due(poisson(10), 10_000)).toEqual(due(poisson(10), 10_000));
  });
  test("keeps its rate within 1 % in every half of a long level", () => {
    const times = due(poisson(500), 400_000);
    const half = times.filter((at) => at < 200_000).length;
    expect(Math.abs(half / 100_000 - 1)).toBeLessThan(0.01);
    expect(times.length).toBe(200_000);
  });
});

describe("the bound on open requests of a shard", () => {
  test.each([
    ["is four times what Little's law expects: 100/s over 2 shards × 5 s", 100, 2, 5000, 1000],
    ["is 256 at least", 1, 1, 2000, 256],
    ["is 10,000 at most", 10_000, 1, 5000, 10_000],
    ["is 10,000 where no warm-up ran", 1, 1, null, 10_000],
  ])("%s", (_, rate, shards, largestE2eMs, bound) =>
    expect(openLimitOf(poisson(rate), shards, largestE2eMs)).toBe(bound),
  );
});
