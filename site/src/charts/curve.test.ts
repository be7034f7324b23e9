import { describe, expect, test } from "vitest";
import type { Fit } from "@brimline/core/report/schema";
import { bare } from "@brimline/testkit/site/figure";
import { curveOf, drawnFit } from "./curve.ts";

const fit = (family: Fit["family"], params: Record<string, number>): Fit => ({
  family,
  params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, bare(value)])),
  r2: 0.99,
  aicc: null,
});

describe("the fitted output", () => {
  test.each([
    ["a line grows by its slope", fit("line", { slope: 20 }), 10, 200],
    ["Michaelis–Menten gives half of V at K", fit("michaelis_menten", { V: 1000, K: 50 }), 50, 500],
    ["an exponential gives 1 − 1/e of V at K", fit("exponential", { V: 1000, K: 50 }), 50, 632.12],
    ["the scalability law without losses is a line", fit("usl", { lambda: 30, sigma: 0, kappa: 0 }), 10, 300],
    ["contention bends it", fit("usl", { lambda: 30, sigma: 0.1, kappa: 0 }), 11, 165],
  ])("%s", (_, one, load, expected) => expect(curveOf(one)?.(load)).toBeCloseTo(expected, 1));
});

test("a fit without its parameters is not drawn, and the chosen one comes first", () => {
  expect(curveOf(fit("michaelis_menten", { V: 1000 }))).toBeNull();
  const fits = [fit("line", { slope: 1 }), fit("michaelis_menten", { V: 1000, K: 50 })];
  expect(drawnFit(fits, "michaelis_menten")?.fit.family).toBe("michaelis_menten");
  expect(drawnFit(fits, null)?.fit.family).toBe("line");
  expect(drawnFit([], null)).toBeNull();
});
