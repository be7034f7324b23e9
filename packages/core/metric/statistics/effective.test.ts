import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import { effectiveSizeOfShare } from "../../math/effective-size.ts";
import { createTimedValues, type TimedValues } from "./effective.ts";
import { percentile } from "./percentile.ts";
import { quantile } from "./quantile.ts";

const random = randomFrom(11);
const normal = (): number => normalFrom(random);
/** Each value depends on the one before: x′ = ρ·x + √(1 − ρ²)·e, so that all have standard deviation 1. */
function leaning(count: number, rho: number): Float64Array {
  let x = normal();
  return Float64Array.from({ length: count }, () => (x = rho * x + Math.sqrt(1 - rho * rho) * normal()));
}

/** One value each ms. */
function timed(values: Float64Array): TimedValues {
  const all = createTimedValues({ startMs: 0, endMs: values.length }, values.length);
  values.forEach((value, at) => all.add(at, value));
  return all;
}

const meanSize = (make: () => Float64Array, threshold: number): number => {
  const sizes = Array.from({ length: 200 }, () => timed(make()).effectiveSize(threshold));
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
};

describe("how many independent values some values are worth", () => {
  // Ten batches know a variance to 13.5 degrees of freedom, which costs (2.15 / 1.96)² = 1.2 of independent values.
  test("is most of them if they are independent", () => {
    const size = meanSize(() => leaning(1000, 0), 0);
    expect(size).toBeGreaterThan(700);
    expect(size).toBeLessThanOrEqual(1000);
  });

  // The indicator of x > 0 has ρ_k = (2/π)·asin(ρᵏ), so 1 + 2 Σ (2/π)·asin(0.9ᵏ) = 13.7.
  test("is a fourteenth of them at the median for ones with a correlation of 0.9, within 40 %", () => {
    const size = meanSize(() => leaning(6000, 0.9), 0);
    expect(size).toBeGreaterThan((6000 / 13.7) * 0.6);
    expect(size).toBeLessThan((6000 / 13.7) * 1.4);
  });

  test.each([
    ["none for no values", [], 0],
    ["one for one value", [1], 1],
    ["all for values that are all the same", [3, 3, 3, 3], 4],
    ["all for values that take turns", Array.from({ length: 60 }, (_, i) => i % 2), 60],
  ])("is %s", (_, values, size) => expect(timed(Float64Array.from(values)).effectiveSize(0.5)).toBe(size));

  test("follows from when they came, and not from the order in which they are added", () => {
    const values = leaning(2000, 0.95);
    const mixed = createTimedValues({ startMs: 0, endMs: 2000 }, 2000);
    for (const at of [...values.keys()].toSorted((a, b) => ((a * 7919) % 2000) - ((b * 7919) % 2000)))
      mixed.add(at, values[at] ?? 0);
    expect(timed(values).effectiveSize(0)).toBeLessThan(1000);
    expect(mixed.effectiveSize(0)).toBe(timed(values).effectiveSize(0));
  });

  test("of shares by slice is what it is of the values", () => {
    const values = leaning(600, 0.9);
    const all = Array.from({ length: 60 }, () => 10);
    const above = all.map(
      (_, slice) => values.subarray(10 * slice, 10 * slice + 10).filter((x) => x > 1).length,
    );
    expect(effectiveSizeOfShare(above, all)).toBe(timed(values).effectiveSize(1));
  });
});

test.each([
  [0.5, 0, 0.5, 300],
  [0.95, 1.6448536269514722, 0.5, 1000],
  [0.5, 0, 0.95, 3000],
])(
  "an interval of the %s quantile (%d) of values with a correlation of %d covers it in 93 to 99.5 % of samples",
  (p, truth, rho, n) => {
    let covered = 0;
    let coveredAsIfIndependent = 0;
    for (let trial = 0; trial < 400; trial++) {
      const values = leaning(n, rho);
      const sorted = values.toSorted();
      const covers = ({ low, high }: { low: number | null; high: number | null }): number =>
        Number((low ?? Infinity) <= truth && truth <= (high ?? Infinity));
      covered += covers(percentile(sorted, p, timed(values).effectiveSize(quantile(sorted, p))));
      coveredAsIfIndependent += covers(percentile(sorted, p, n));
    }
    expect(covered / 400).toBeGreaterThan(0.93);
    expect(covered / 400).toBeLessThan(0.995);
    expect(coveredAsIfIndependent / 400).toBeLessThan(0.93);
  },
);
