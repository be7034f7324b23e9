import fc from "fast-check";
import { expect, test } from "vitest";
import { createGapHistogram } from "./histogram.ts";
import { percentile } from "./percentile.ts";
import { quantiles } from "./quantile.ts";

const gaps = fc.array(
  fc.oneof(fc.nat(3000), fc.nat(2_000_000), fc.integer({ min: 1_048_570, max: 1_048_580 }), fc.nat(2 ** 40)),
  { maxLength: 200 },
);

test("every percentile and interval is that of all values, sorted", () =>
  fc.assert(
    fc.property(gaps, fc.constantFrom(0, 0.5, 0.9, 0.99, 1), (values, p) => {
      const histogram = createGapHistogram();
      for (const us of values) histogram.add(us);
      const sorted = Float64Array.from(values, (us) => us / 1000).sort();
      expect(Array.from({ length: values.length + 1 }, (_, rank) => histogram.at(rank))).toEqual([
        ...sorted,
        undefined,
      ]);
      expect(percentile(histogram, p)).toEqual(percentile(sorted, p));
      expect(quantiles(histogram)).toEqual(quantiles(sorted));
    }),
  ));

test("what lies above a threshold is counted and summed, and so are all values", () =>
  fc.assert(
    fc.property(gaps, fc.nat(2_500), (values, limitMs) => {
      const histogram = createGapHistogram();
      for (const us of values) histogram.add(us);
      const above = values.filter((us) => us / 1000 > limitMs);
      expect(histogram.sumUs()).toBe(values.reduce((sum, us) => sum + us, 0));
      expect(histogram.above(limitMs)).toEqual({
        count: above.length,
        sumMs: above.reduce((sum, us) => sum + us, 0) / 1000,
        longestMs: above.length === 0 ? null : above.reduce((longest, us) => Math.max(longest, us), 0) / 1000,
      });
    }),
  ));

test("values may be added after a histogram was read", () => {
  const histogram = createGapHistogram();
  histogram.add(5000);
  expect(histogram.at(0)).toBe(5);
  histogram.add(3000);
  histogram.add(2_000_000);
  expect([0, 1, 2, 3, -1].map((rank) => histogram.at(rank))).toEqual([3, 5, 2000, undefined, undefined]);
});
