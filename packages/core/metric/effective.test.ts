import { describe, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { correlationTime, createOrderedValues } from "./effective.ts";
import { percentile } from "./percentile.ts";
import { quantile } from "./quantile.ts";

const random = randomFrom(11);
const uniform = (): number => random();
/** Normal values by Box and Muller. */
const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
/** Each value depends on the one before: x′ = ρ·x + √(1 − ρ²)·e, so that all have standard deviation 1. */
function leaning(count: number, rho: number): Float64Array {
  let x = normal();
  return Float64Array.from({ length: count }, () => (x = rho * x + Math.sqrt(1 - rho * rho) * normal()));
}

describe("how many values one independent value takes", () => {
  test("is about one for independent ones", () =>
    expect(correlationTime(leaning(20_000, 0), 0)).toBeLessThan(1.1));

  // The indicator of x > 0 has ρ_k = (2/π)·asin(ρᵏ), so 1 + 2 Σ (2/π)·asin(0.5ᵏ) = 2.37.
  test("is 2.37 at the median for ones with a correlation of a half", () => {
    const known =
      1 +
      2 *
        Array.from({ length: 60 }, (_, k) => (2 / Math.PI) * Math.asin(0.5 ** (k + 1))).reduce(
          (a, b) => a + b,
        );
    expect(correlationTime(leaning(200_000, 0.5), 0)).toBeCloseTo(known, 1);
  });

  test("is as counted one pair at a time", () => {
    const values = leaning(300, 0.6);
    const z = Array.from(values, (value) => Number(value > 0.5));
    const mean = z.reduce((a, b) => a + b, 0) / z.length;
    const rho = (lag: number): number =>
      z.slice(lag).reduce((sum, one, i) => sum + (one - mean) * ((z[i] ?? 0) - mean), 0) /
      (z.length * mean * (1 - mean));
    let time = -1;
    for (let lag = 0; rho(lag) + rho(lag + 1) > 0; lag += 2) time += 2 * (rho(lag) + rho(lag + 1));
    expect(correlationTime(values, 0.5)).toBeCloseTo(Math.max(1, time), 9);
  });

  test.each([
    ["no values", []],
    ["one value", [1]],
    ["values that are all the same", [3, 3, 3, 3]],
    ["values that take turns, which tell more than independent ones", [0, 1, 0, 1, 0, 1, 0, 1]],
  ])("is one for %s", (_, values) => expect(correlationTime(Float64Array.from(values), 0.5)).toBe(1));
});

test("independent values lose nothing by chance, apart from one series in 20", () => {
  const lost = Array.from({ length: 400 }, () => correlationTime(leaning(90, 0), 1.2)).filter(
    (time) => time > 1,
  ).length;
  expect(lost / 400).toBeLessThan(0.1);
});

test("values count in the order of their times, however they come", () => {
  const values = leaning(2000, 0.8);
  const inOrder = createOrderedValues({ startMs: 0, endMs: 2000 }, 2000);
  const mixed = createOrderedValues({ startMs: 0, endMs: 2000 }, 2000);
  values.forEach((value, at) => inOrder.add(at, value));
  for (const at of [...values.keys()].toSorted((a, b) => ((a * 7919) % 2000) - ((b * 7919) % 2000)))
    mixed.add(at, values[at] ?? 0);
  expect(inOrder.effectiveSize(0)).toBeLessThan(700);
  expect(mixed.effectiveSize(0)).toBe(inOrder.effectiveSize(0));
});

test("of very many values the first stretch stands for all", () => {
  const values = leaning(100_000, 0.5);
  const ordered = createOrderedValues({ startMs: 0, endMs: 100_000 }, 100_000);
  values.forEach((value, at) => ordered.add(at, value));
  expect(ordered.effectiveSize(0)).toBeCloseTo(100_000 / correlationTime(values.subarray(0, 20_001), 0), 6);
});

test.each([
  [0.5, 0, 300],
  [0.95, 1.6448536269514722, 1000],
])(
  "an interval of the %s quantile of values with a correlation of a half covers it in 93 to 99.5 % of samples",
  (p, truth, n) => {
    let covered = 0;
    let coveredAsIfIndependent = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = leaning(n, 0.5);
      const sorted = values.toSorted();
      const covers = ({ low, high }: { low: number | null; high: number | null }): number =>
        Number((low ?? Infinity) <= truth && truth <= (high ?? -Infinity));
      covered += covers(percentile(sorted, p, n / correlationTime(values, quantile(sorted, p))));
      coveredAsIfIndependent += covers(percentile(sorted, p, n));
    }
    expect(covered / 400).toBeGreaterThan(0.93);
    expect(covered / 400).toBeLessThan(0.995);
    expect(coveredAsIfIndependent / 400).toBeLessThan(0.93);
  },
);
