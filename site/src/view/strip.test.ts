import type { ComparedFigure } from "@brimline/core/compare/schema";
import { unknown } from "@brimline/core/figure";
import { describe, expect, test } from "vitest";
import { stripOf, stripsOf } from "./strip.ts";

const compared = (figure: string, change: ComparedFigure["change"]): ComparedFigure => ({
  load: { kind: "concurrency", users: 8 },
  levels: { a: "l01", b: "l01" },
  figure,
  a: unknown("too_few"),
  b: unknown("too_few"),
  pairing: "twins",
  unit: "percent",
  change,
  smallest: 1,
  reasons: [],
});
const SMALL = { value: 2, low: 1, high: 3 };

describe("the scale of a table", () => {
  test.each([
    ["has the margin twice where every change is small", [SMALL], 6],
    ["reaches as far as the intervals", [{ value: 8, low: 4, high: 12 }], 15],
    ["cuts an interval that would leave the margin too small to see", [{ value: 2, low: -90, high: 95 }], 25],
    ["has every change itself", [{ value: 80, low: 70, high: 200 }], 100],
    ["is the margin where nothing is known", [null], 6],
  ])("%s", (_, changes, reach) =>
    expect(
      stripsOf(
        changes.map((change) => compared("ttftMs.p95", change)),
        3,
      ).reach,
    ).toBe(reach),
  );
});

describe("a strip", () => {
  const strips = stripsOf([compared("ttftMs.p95", SMALL)], 3);

  test("has better to the right, whether more is better or less", () => {
    expect(stripOf(compared("outputTokensPerS", SMALL), strips)).toMatchObject({
      from: 58.3,
      at: 66.7,
      to: 75,
    });
    expect(stripOf(compared("ttftMs.p95", SMALL), strips)).toMatchObject({ from: 25, at: 33.3, to: 41.7 });
  });

  test("says at which end it is cut or open", () => {
    const open = { value: 2, low: 1, high: null };
    expect(stripOf(compared("outputTokensPerS", open), strips)).toMatchObject({
      to: 100,
      isCutLeft: false,
      isCutRight: true,
    });
    expect(stripOf(compared("ttftMs.p95", open), strips)).toMatchObject({ from: 0, isCutLeft: true });
    expect(stripOf(compared("ttftMs.p95", { value: 2, low: -9, high: 3 }), strips)).toMatchObject({
      isCutLeft: false,
      isCutRight: true,
    });
  });

  test("is none where the change is not known", () =>
    expect(stripOf(compared("ttftMs.p95", null), strips)).toBeNull());
});
