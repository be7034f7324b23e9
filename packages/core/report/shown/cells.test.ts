import { unknown, type Figure } from "../../figure.ts";
import { describe, expect, test } from "vitest";
import { cell, change, interval, fullLoadText, number, seconds } from "./cells.ts";

const figure = (part: Partial<Figure>): Figure => ({ ...unknown(), validity: "valid", ...part });

test.each([
  [0, "0"],
  [0.001234, "0.0012"],
  [0.76, "0.76"],
  [1.97, "1.97"],
  [18.41, "18.4"],
  [149.7, "149.7"],
  [1457.8, "1,458"],
  [16_930, "16,930"],
])("%d is written %s", (value, text) => expect(number(value)).toBe(text));

describe("a figure in a cell", () => {
  test("a known value has its unit", () => expect(cell(figure({ value: 242.3 }), "W")).toBe("242.3 W"));
  test("a lower bound alone is shown as at least", () => expect(cell(figure({ low: 120 }))).toBe("≥ 120"));
  test("an unknown figure is a dash, never 0", () => expect(cell(unknown("no_telemetry"))).toBe("—"));
  test("a value that must not be used has a question mark", () =>
    expect(cell(figure({ value: 120, validity: "invalid" }), "ms")).toBe("120 ms ?"));
  test("an interval has both ends, or is open above", () =>
    expect(
      [{ value: 2, low: 1, high: 3 }, { value: 2, low: 1 }, { value: 2 }, { low: 1 }].map((one) =>
        interval(figure(one)),
      ),
    ).toEqual(["1 – 3", "≥ 1", "", ""]));
  test("a change has its sign", () =>
    expect([
      change(figure({ value: 311.14 })),
      change(figure({ value: -4.2 })),
      change(unknown("too_few")),
    ]).toEqual(["+311.1 %", "−4.2 %", "—"]));
});

test.each([
  [42.4, "42 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%d seconds read as %s", (value, text) => expect(seconds(value)).toBe(text));

test("one user is in the singular", () =>
  expect([
    fullLoadText({ kind: "concurrency", users: 1 }),
    fullLoadText({ kind: "concurrency", users: 1000 }),
  ]).toEqual(["1 user", "1,000 users"]));
