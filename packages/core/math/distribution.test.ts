import { describe, expect, test } from "vitest";
import { atLeast, betaCdf, shareInterval, studentQuantile } from "./distribution.ts";

/** Numbers that are known in closed form must agree to nine decimal digits. */
const DIGITS = 9;

describe("the beta distribution", () => {
  test("Beta(1, 1) is uniform and Beta(2, 3) a polynomial", () => {
    expect(betaCdf(0.3, 1, 1)).toBeCloseTo(0.3, DIGITS);
    // P(Beta(2, 3) ≤ x) = 6x² − 8x³ + 3x⁴.
    expect(betaCdf(0.3, 2, 3)).toBeCloseTo(6 * 0.09 - 8 * 0.027 + 3 * 0.0081, DIGITS);
    expect([betaCdf(-1, 2, 3), betaCdf(2, 2, 3)]).toEqual([0, 1]);
  });

  test.each([
    [100, 8],
    [10_000, 8],
    [500_000, 8],
    [5_000_000, 7],
  ])("is exact for %d values, within 10^-%d", (a, digits) => {
    // P(Beta(a, a + 1) ≤ ½) = ½ + (2a over a) ÷ 2^(2a + 1), and Stirling's series gives (2a over a) ÷ 2^2a.
    const middle = (1 - 1 / (8 * a) + 1 / (128 * a * a)) / Math.sqrt(Math.PI * a);
    expect(betaCdf(0.5, a, a + 1)).toBeCloseTo(0.5 + middle / 2, digits);
  });
});

test.each([
  [10, 0.5],
  [72, 0.95],
  [100, 0.9],
  [368, 0.99],
])("the binomial distribution of %d trials with probability %d is the sum of its terms", (n, p) => {
  let term = p ** n;
  let sum = 0;
  for (let successes = n; successes >= 0; successes--) {
    sum += term;
    expect(atLeast(successes, n, p)).toBeCloseTo(sum, DIGITS);
    term *= ((successes / (n - successes + 1)) * (1 - p)) / p;
  }
});

describe("Student's t", () => {
  test.each([
    [1, 12.706],
    [2, 4.303],
    [9, 2.262],
    [29, 2.045],
    [1000, 1.962],
  ])("97.5 %% of t with %d degrees lies below %d (tables)", (degrees, t) =>
    expect(studentQuantile(0.975, degrees)).toBeCloseTo(t, 3),
  );

  test.each([0.6, 0.9, 0.975, 0.995])("with 1 and 2 degrees is known in closed form, at %d", (p) => {
    expect(studentQuantile(p, 1)).toBeCloseTo(Math.tan(Math.PI * (p - 0.5)), DIGITS);
    const share = 2 * p - 1;
    expect(studentQuantile(p, 2)).toBeCloseTo(share * Math.sqrt(2 / (1 - share ** 2)), DIGITS);
  });
});

describe("the interval of a share", () => {
  test.each([
    ["none of 10", 0, 10, 0, 0.3085],
    ["5 of 10", 0.5, 10, 0.1871, 0.8129],
    ["all of 100", 1, 100, 0.9638, 1],
  ])("of %s is Clopper and Pearson's (tables)", (_, share, n, low, high) => {
    const interval = shareInterval(share, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("holds the share, for numbers that are not whole too", () => {
    const { low, high } = shareInterval(0.9, 33.3);
    expect(low).toBeLessThan(0.9);
    expect(high).toBeGreaterThan(0.9);
  });
});
