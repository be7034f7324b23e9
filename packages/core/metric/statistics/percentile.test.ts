import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import { unknown } from "../../figure.ts";
import { floorOf, median, quantiles } from "./quantile.ts";
import { percentile, spread } from "./percentile.ts";

const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i + 1);
const sortedOf = (values: number[]): Float64Array => Float64Array.from(values).sort();

/** Type 7 straight from its definition (Hyndman and Fan, 1996). */
function typeSeven(sorted: ArrayLike<number>, p: number): number {
  const h = (sorted.length - 1) * p;
  const [below, above] = [sorted[Math.floor(h)] ?? NaN, sorted[Math.ceil(h)] ?? NaN];
  return below + (h - Math.floor(h)) * (above - below);
}

describe("how many values a percentile needs", () => {
  test.each([
    [0.5, 6],
    [0.9, 36],
    [0.95, 72],
    [0.99, 368],
    [0.999, 3688],
  ])("p%d needs %d", (p, floor) => {
    expect(floorOf(p)).toBe(floor);
    expect(percentile(upTo(floor), p).value).not.toBeNull();
    expect(percentile(upTo(floor), p).high).not.toBeNull();
    expect(percentile(upTo(floor - 1), p)).toMatchObject({
      value: null,
      reasons: ["too_few"],
      validity: "invalid",
      n: floor - 1,
    });
  });

  test("P99 of 50 requests is withheld, but it is at least the 48th of them", () => {
    // P(Binomial(50, 0.99) ≥ 48) = 0.986, and for 49 it would be 0.911.
    expect(percentile(upTo(50), 0.99)).toMatchObject({
      value: null,
      low: 48,
      high: null,
      n: 50,
      reasons: ["too_few"],
    });
  });

  test("nothing is known without values", () =>
    expect(percentile(new Float64Array(0), 0.5)).toMatchObject({
      value: null,
      low: null,
      n: 0,
      reasons: ["too_few"],
    }));

  test("with one value even the lower bound of the median is missing", () =>
    expect(percentile(upTo(1), 0.5).low).toBeNull());
});

test("the interval of the median of 100 values is the 40th to the 61st (tables of order statistics)", () =>
  expect(percentile(upTo(100), 0.5)).toMatchObject({
    value: 50.5,
    low: 40,
    high: 61,
    method: "order_statistic",
    validity: "valid",
  }));

test("a percentile is type 7, and its interval holds it", () =>
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 6, maxLength: 600 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99),
      (values, p) => {
        const sorted = sortedOf(values);
        const figure = percentile(sorted, p);
        const known = values.length >= floorOf(p);
        expect(figure.value === null).toBe(!known);
        if (!known) return;
        expect(figure.value).toBeCloseTo(typeSeven(sorted, p), 6);
        expect(figure.low).toBeLessThanOrEqual(figure.value ?? NaN);
        expect(figure.high).toBeGreaterThanOrEqual(figure.value ?? NaN);
      },
    ),
  ));

test("intervals cover the true percentile in 94 to 99.5 % of samples", () => {
  const random = randomFrom(7);
  const TRUE = { 0.5: 0, 0.9: 1.2815515655446004, 0.95: 1.6448536269514722 };
  for (const [p, truth] of Object.entries(TRUE)) {
    let covered = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const { low, high } = percentile(
        sortedOf(Array.from({ length: 150 }, () => normalFrom(random))),
        Number(p),
      );
      if ((low ?? Infinity) <= truth && truth <= (high ?? -Infinity)) covered++;
    }
    expect(covered / 1000, p).toBeGreaterThan(0.94);
    expect(covered / 1000, p).toBeLessThan(0.995);
  }
});

describe("requests that were cut rank above all that ended", () => {
  const withCut = (finished: number, cut: number): Float64Array =>
    Float64Array.from([...upTo(finished), ...Array.from({ length: cut }, () => Infinity)]);

  test("and a median below them stands", () =>
    expect(percentile(withCut(90, 10), 0.5)).toMatchObject({ value: 50.5, validity: "valid" }));

  test("and a percentile that falls on one is null with a lower bound", () =>
    expect(percentile(withCut(90, 10), 0.95)).toMatchObject({
      value: null,
      low: 90,
      high: null,
      reasons: ["censored"],
    }));

  test("and an upper bound that falls on one is missing, with the reason", () =>
    expect(percentile(withCut(90, 10), 0.88)).toMatchObject({
      high: null,
      validity: "indicative",
      reasons: ["censored"],
    }));

  test("and they leave neither a mean nor a largest value", () => {
    const { mean, max } = spread(withCut(90, 10), { ...unknown("too_few"), value: 45 });
    expect(mean).toMatchObject({ value: null, reasons: ["censored"] });
    expect(max).toBeNull();
  });

  test("and if all were cut, nothing is known", () =>
    expect(percentile(withCut(0, 50), 0.5)).toMatchObject({ value: null, low: null, reasons: ["censored"] }));
});

test("many values that are worth few have as wide an interval, and one that is open above where few do not bound it", () => {
  // 4,000 values are worth 40. A P90 is bounded and a P95 is not, but its value stands.
  const gaps = upTo(4000);
  const few = percentile(gaps, 0.5, 40);
  const many = percentile(gaps, 0.5);
  expect((few.high ?? 0) - (few.low ?? 0)).toBeGreaterThan(5 * ((many.high ?? 0) - (many.low ?? 0)));
  expect(few.value).toBe(many.value);
  expect(percentile(gaps, 0.9, 40)).toMatchObject({ validity: "valid" });
  expect(percentile(gaps, 0.95, 40)).toMatchObject({
    value: percentile(gaps, 0.95).value,
    high: null,
    validity: "indicative",
    reasons: ["too_correlated"],
    n: 4000,
    nEff: 40,
  });
  expect(percentile(upTo(80), 0.95, 71)).toMatchObject({ high: null, reasons: ["too_few"] });
});

test("a median without values is null", () => {
  expect(median([])).toBeNull();
  expect(median([3, 1, 2])).toBe(2);
});

test("101 quantiles run from the least to the most", () => {
  const curve = quantiles(upTo(201));
  expect(curve).toHaveLength(101);
  expect([curve[0], curve[50], curve[100]]).toEqual([1, 101, 201]);
  expect(quantiles(Float64Array.from([Infinity]))).toEqual([]);
});
