import { due, gapsOf } from "@brimline/testkit/arrival";
import { exponentialCdf, fits } from "@brimline/testkit/ks";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { gammaFrom } from "./gamma.ts";
import type { RateSpec } from "./rate.ts";

const gamma = (rate: number, burstiness: number): RateSpec => ({ rate, arrival: "gamma", burstiness });

/**
 * P(gamma ≤ x) for whole and half shapes. Whole shapes take Erlang's sum. Half shapes take erf and the same
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

describe("gamma gaps", () => {
  test.each([0.5, 2, 4])("have shape = burstiness %d and mean 1 / rate", (burstiness) =>
    expect(
      fits(gapsOf(due(gamma(50, burstiness), 100_000)), gammaCdf(burstiness, 20 / burstiness)),
    ).toBeLessThan(1),
  );
  test.each([0.5, 2])("of burstiness %d are told from exponential ones", (burstiness) =>
    expect(fits(gapsOf(due(gamma(50, burstiness), 100_000)), exponentialCdf(20))).toBeGreaterThan(3),
  );
  test("of a long level, drawn in parts, show no seam", () =>
    expect(fits(gapsOf(due(gamma(200, 2), 200_000)), gammaCdf(2, 2.5))).toBeLessThan(1));
  test("of burstiness 1, which is the default, are Poisson's", () => {
    expect(due(gamma(20, 1), 10_000)).toEqual(due({ rate: 20 }, 10_000));
    expect(due({ rate: 20, arrival: "gamma" }, 10_000)).toEqual(due({ rate: 20 }, 10_000));
  });
});

test("the variance of gamma values is their shape", () => {
  const random = randomFrom(1);
  const values = Array.from({ length: 20_000 }, () => gammaFrom(random, 0.25));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean).toBeCloseTo(0.25, 1);
  expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(0.25, 1);
});
