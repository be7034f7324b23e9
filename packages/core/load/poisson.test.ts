import { due, gapsOf, SCHEDULE } from "@brimline/testkit/arrival";
import { exponentialCdf, fits } from "@brimline/testkit/ks";
import { expect, test } from "vitest";

test.each([1, 2, 3, 4, 5])("Poisson gaps are exponential with mean 1 / rate (seed %i)", (seed) =>
  expect(
    fits(gapsOf(due({ rate: 50 }, 100_000, { ...SCHEDULE, seed: `s${seed}` })), exponentialCdf(20)),
  ).toBeLessThan(1),
);
test("and those of another rate are told from them", () =>
  expect(fits(gapsOf(due({ rate: 55 }, 100_000)), exponentialCdf(20))).toBeGreaterThan(1));
