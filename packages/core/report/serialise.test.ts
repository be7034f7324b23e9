import fc from "fast-check";
import { expect, test } from "vitest";
import { rounded } from "./serialise.ts";

test.each([
  ["numbers keep six significant digits", 1234.5678, 1234.57],
  ["small numbers keep six significant digits, too", 0.000123456789, 0.000123457],
  ["whole numbers stay exact", 8_030_261_248, 8_030_261_248],
  ["minus zero is zero", -0, 0],
  ["NaN is null", NaN, null],
  ["infinity is null", Infinity, null],
  [
    "numbers inside lists and objects are rounded, too",
    { a: [1.23456789, { b: "1.23456789" }], c: null },
    { a: [1.23457, { b: "1.23456789" }], c: null },
  ],
])("%s", (_, given: unknown, expected) => expect(rounded(given)).toEqual(expected));

test("rounding keeps the order of keys and of numbers", () => {
  expect(JSON.stringify(rounded({ z: 1, a: 2 }))).toBe('{"z":1,"a":2}');
  const Finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(Finite, Finite, (a, b) => {
      expect(rounded(Math.min(a, b))).toBeLessThanOrEqual(rounded(Math.max(a, b)));
    }),
  );
});
