import { expect, test } from "vitest";
import { thin } from "./timeline.ts";

const wave = Array.from({ length: 1000 }, (_, index) => (index === 417 ? 99 : index % 7));

test("a thinned series keeps its peaks, its order, and at most two rows a bucket", () => {
  const rows = thin(wave, 100);
  expect(rows.length).toBeLessThanOrEqual(200);
  expect(rows.map(({ value }) => value)).toContain(99);
  expect(rows.map(({ index }) => index)).toEqual(rows.map(({ index }) => index).toSorted((a, b) => a - b));
});

test("a gap stays a gap", () => {
  const rows = thin(
    wave.map((value, index) => (index >= 300 && index < 360 ? null : value)),
    100,
  );
  expect(rows.some(({ value, index }) => value === null && index >= 300 && index < 360)).toBe(true);
});

test("a short series is not thinned", () => expect(thin([1, 2, 3], 100)).toHaveLength(3));
