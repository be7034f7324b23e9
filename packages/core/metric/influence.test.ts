import { expect, test } from "vitest";
import { normalFrom, randomFrom } from "../random.ts";
import { ofMean, ofPercentile, ofRatio, type SlicedValues } from "./influence.ts";

const SLICES = 60;
const sliced = (values: number[]): SlicedValues => ({
  values: Float64Array.from(values),
  slices: Int32Array.from(values, (_, i) => Math.floor((i * SLICES) / values.length)),
  sorted: Float64Array.from(values).sort(),
  count: SLICES,
});
const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

test("a slice with twice the sum moves a ratio of three by a third of a third less its share", () => {
  const found = ofRatio([
    { sum: 1, weight: 1 },
    { sum: 1, weight: 1 },
    { sum: 4, weight: 1 },
  ]);
  expect(found?.log).toBeCloseTo(Math.log(2), 12);
  expect(found?.bySlice).toEqual([-1 / 6, -1 / 6, 2 / 6]);
});

test("influences sum to 0, and a median of lognormal values varies as theory says", () => {
  const random = randomFrom(7);
  const sigma = 0.4;
  const values = Array.from({ length: 6000 }, () => Math.exp(sigma * normalFrom(random)));
  const median = ofPercentile(sliced(values), 0.5);
  const mean = ofMean(sliced(values));
  expect(sum(median?.bySlice ?? [1])).toBeCloseTo(0, 9);
  expect(sum(mean?.bySlice ?? [1])).toBeCloseTo(0, 9);
  const error = Math.sqrt(sum((median?.bySlice ?? []).map((one) => one ** 2)));
  // The error of a median of the logarithms is √(π/2) of that of their mean.
  expect(error / ((Math.sqrt(Math.PI / 2) * sigma) / Math.sqrt(values.length))).toBeCloseTo(1, 0);
});

test("twice the values are the same influences, and log 2 more", () => {
  const random = randomFrom(3);
  const values = Array.from({ length: 300 }, () => Math.exp(normalFrom(random)));
  const [once, twice] = [values, values.map((value) => 2 * value)].map((all) =>
    ofPercentile(sliced(all), 0.95),
  );
  expect((twice?.log ?? 0) - (once?.log ?? 0)).toBeCloseTo(Math.log(2), 12);
  for (const [i, one] of once?.bySlice.entries() ?? []) expect(twice?.bySlice[i]).toBeCloseTo(one, 12);
});

test("a percentile beside values that were cut has none, and neither has one of a few values", () => {
  const cut = Array.from({ length: 100 }, (_, i) => (i < 90 ? 1 + i : Infinity));
  expect(ofPercentile(sliced(cut), 0.95)).toBeNull();
  expect(ofMean(sliced(cut))).toBeNull();
  expect(ofPercentile(sliced(cut), 0.5)).not.toBeNull();
  expect(ofPercentile(sliced([1, 2, 3]), 0.5)).toBeNull();
});
