import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import { cellAt, meanOf, slicedWindow } from "./mean.ts";

describe("slices of a window", () => {
  test.each([
    ["60 s of 1 s requests make 60", 60_000, 1000, 60],
    ["10 s of 1 s requests make 60, so that ten batches hold one request each", 10_000, 1000, 60],
    ["9.9 s of 1 s requests make nine, each of which holds one", 9900, 1000, 9],
    ["0.9 s of them make one", 900, 1000, 1],
    ["requests that take no time make 60", 60_000, 0, 60],
  ])("%s", (_, lengthMs, e2eMs, slices) =>
    expect(slicedWindow({ startMs: 0, endMs: lengthMs }, e2eMs)).toMatchObject({ slices }),
  );

  test("moments fall into their slice or outside", () => {
    const window = { startMs: 100, endMs: 200, slices: 10 };
    expect([99.9, 100, 109.9, 110, 199.9, 200].map((at) => cellAt(at, window))).toEqual([-1, 0, 0, 1, 9, 10]);
  });
});

describe("a mean and its interval", () => {
  test("of what is never negative does not begin below 0, and of what may be does", () => {
    const bursts = [0, 0, 0, 0, 0, 0, 0, 0, 0, 50];
    expect(meanOf([slices(bursts)], 50).low).toBe(0);
    expect(meanOf([slices([-1, ...bursts])], 50).low).toBeLessThan(0);
  });

  const slices = (values: number[]): { sum: number; weight: number }[] =>
    values.map((sum) => ({ sum, weight: 1 }));

  test("of ten slices are mean ± t × standard error by overlapping batches of two", () => {
    // The residuals of 1 … 10 rise by 1 from −4.5, so the nine batches of two sum to −8, −6 … 8, whose squares make
    // 240. Their variance is 5 ÷ 9 ÷ (1 − 1/5) × 240 = 166.7, and t(6) = 2.4469.
    const figure = meanOf([slices([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])], 50);
    expect(figure).toMatchObject({ value: 5.5, n: 50, method: "batch_means" });
    expect(figure.high).toBeCloseTo(5.5 + (2.4469 * Math.sqrt(500 / 3)) / 10, 3);
    expect(figure.low).toBeCloseTo(5.5 - (2.4469 * Math.sqrt(500 / 3)) / 10, 3);
  });

  test("that only rise are too correlated, unless that is less than a thousandth of the mean", () => {
    const rising = Array.from({ length: 60 }, (_, i) => i);
    expect(meanOf([slices(rising)], 60)).toMatchObject({
      validity: "indicative",
      reasons: ["too_correlated"],
    });
    expect(meanOf([slices(rising.map((one) => 1e6 + one))], 60)).toMatchObject({ validity: "valid" });
  });

  test("lose what arrivals explain, where the slices know them", () => {
    // Each slice has as many as were due in it, and in all of them as many were due as the rate brings.
    const due = Array.from({ length: 60 }, (_, i) => 10 + ((i * 7) % 13) - 6);
    const excess = due.map((count) => count - due.reduce((sum, one) => sum + one, 0) / 60);
    const known = due.map((sum, i) => ({ sum, weight: 1, excess: excess[i] ?? 0 }));
    const { low, high, value } = meanOf([known], 600);
    expect((high ?? NaN) - (low ?? NaN)).toBeLessThan(1e-9 * (value ?? 1));
    const unknown = meanOf([slices(due)], 600);
    expect((unknown.high ?? NaN) - (unknown.low ?? NaN)).toBeGreaterThan(0.1);
  });

  test("of nine slices are mean ± t × standard error by overlapping batches of three", () => {
    // The batches sum to −9, −6 … 9, whose squares make 252. Their variance is 3 ÷ 7 ÷ (1 − 1/3) × 252 = 162, and
    // t(3) = 3.1824.
    const figure = meanOf([slices([1, 2, 3, 4, 5, 6, 7, 8, 9])], 50);
    expect(figure).toMatchObject({ value: 5, method: "batch_means", reasons: [] });
    expect(figure.high).toBeCloseTo(5 + (3.1824 * Math.sqrt(162)) / 9, 3);
  });

  test("of four slices are so by batches of two, with hardly a degree of freedom", () => {
    // −2, 0 and 2, whose squares make 8, and 2 ÷ 3 ÷ (1 − 1/2) × 8 = 10.67. t(1.5) lies between t(1) and t(2).
    const { high, value } = meanOf([slices([1, 2, 3, 4])], 50);
    const t = (4 * ((high ?? NaN) - (value ?? NaN))) / Math.sqrt(32 / 3);
    expect(t).toBeGreaterThan(4.303);
    expect(t).toBeLessThan(12.706);
  });

  test("of parts of one measurement put their slices end to end", () => {
    const parts = [slices([10, 12, 9]), slices([11, 8, 10])];
    expect(meanOf(parts, 50, { parts: true })).toEqual(meanOf([parts.flat()], 50));
  });

  test("of three slices are the value without an interval", () =>
    expect(meanOf([slices([4, 5, 6])], 50)).toMatchObject({
      value: 5,
      low: null,
      high: null,
      validity: "indicative",
      reasons: ["no_interval"],
    }));

  test("give more weight to slices with more requests", () =>
    expect(
      meanOf([[{ sum: 10, weight: 1 }, ...Array.from({ length: 9 }, () => ({ sum: 30, weight: 9 }))]], 82)
        .value,
    ).toBeCloseTo(280 / 82, 9));

  test("of two runs have the interval between the runs", () => {
    const figure = meanOf([slices([10, 10]), slices([12, 12])], 4);
    expect(figure).toMatchObject({ value: 11, method: "between_runs" });
    expect(figure.high).toBeCloseTo(11 + 12.7062 * 1, 2);
  });

  test("of parts are as of one series that goes through all of them", () => {
    const [one, other] = [slices([9, 11, 10, 12, 8]), slices([10, 13, 9, 11, 12])];
    expect(meanOf([one, other], 10, { parts: true })).toEqual(meanOf([[...one, ...other]], 10));
  });

  test("of nothing are null", () => {
    expect(meanOf([], 0)).toMatchObject({ value: null, reasons: ["too_few"] });
    expect(meanOf([[{ sum: 0, weight: 0 }]], 0)).toMatchObject({ value: null, reasons: ["too_few"] });
  });

  test("cover the true mean in 93 to 97 % of samples", () => {
    const random = randomFrom(3);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      const { low, high } = meanOf([slices(Array.from({ length: 20 }, () => 5 + normalFrom(random)))], 20);
      if ((low ?? Infinity) <= 5 && 5 <= (high ?? -Infinity)) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.97);
  });
});
