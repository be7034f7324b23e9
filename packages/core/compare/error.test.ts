import { expect, test } from "vitest";
import { unknown } from "../figure.ts";
import { batchesOf, FOR_MEANS } from "../math/batches.ts";
import { independentDifference, type Repeated } from "./error.ts";

test.each([
  ["two batches", 5, batchesOf(2)],
  ["three batches", 7, batchesOf(3)],
  ["five batches", 30, FOR_MEANS],
])("an interval of a mean is as many standard errors as Student's t of its %s", (_, latencies, { t }) => {
  const side: Repeated = {
    figure: { ...unknown(), value: 100, low: 90, high: 110, method: "batch_means" },
    runs: 1,
    ofRuns: [],
    latencies,
  };
  const difference = independentDifference(side, side, (value) => value);
  expect(difference?.below).toBeCloseTo((Math.SQRT2 * 10) / t, 9);
});
