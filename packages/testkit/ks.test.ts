import { gammaFrom } from "@brimline/core/load/gamma";
import { randomFrom, seedOf } from "@brimline/core/random";
import { describe, expect, test } from "vitest";
import { criticalDistance, distance, exponentialCdf, halfGammaCdf } from "./ks.ts";

const N = 5000;
const drawn = (shape: number): number[] => {
  const random = randomFrom(seedOf("ks", shape));
  return Array.from({ length: N }, () => (5 * gammaFrom(random, shape)) / shape);
};

describe("how far gaps are from what was asked", () => {
  test("exponential gaps are near the exponential distribution of their mean, and far from any other", () => {
    expect(distance(drawn(1), exponentialCdf(5))).toBeLessThan(criticalDistance(N));
    expect(distance(drawn(1), halfGammaCdf(5))).toBeGreaterThan(3 * criticalDistance(N));
    expect(distance(drawn(1), exponentialCdf(6))).toBeGreaterThan(criticalDistance(N));
  });

  test("gamma gaps of shape ½ are near their own distribution", () => {
    expect(distance(drawn(0.5), halfGammaCdf(5))).toBeLessThan(criticalDistance(N));
    expect(distance(drawn(0.5), exponentialCdf(5))).toBeGreaterThan(3 * criticalDistance(N));
  });

  test.each([
    [0, 0],
    // The square of a standard normal value has this distribution, with mean 1.
    [1, 0.6826894921],
    [4, 0.9544997361],
    [1000, 1],
  ])("half of gamma's distribution at %d is %d", (x, p) => expect(halfGammaCdf(1)(x)).toBeCloseTo(p, 9));

  test("one value alone is at least half away", () => expect(distance([5], () => 0.5)).toBe(0.5));
});
