import { describe, expect, test } from "vitest";
import { unknown, type Figure } from "../../figure.ts";
import {
  difference,
  distinct,
  exact,
  flagged,
  gainPercent,
  quotient,
  scaled,
  single,
  sumOf,
  worst,
} from "./derive.ts";

/** A figure of value ± half. */
const measured = (value: number, half: number): Figure => ({
  ...exact(value, 100),
  low: value - half,
  high: value + half,
  method: "batch_means",
});

describe("figures made of figures", () => {
  test("a quotient's relative half-widths add in squares: 3 % and 4 % make 5 %", () => {
    const figure = quotient(measured(200, 6), measured(100, 4), 10);
    expect(figure).toMatchObject({ value: 20, method: "batch_means", validity: "valid" });
    expect([figure.low, figure.high]).toEqual([expect.closeTo(19, 9), expect.closeTo(21, 9)]);
  });
  test("a gain has the interval of its quotient", () => {
    const figure = gainPercent(measured(200, 6), measured(100, 4));
    expect([figure.low, figure.value, figure.high]).toEqual([
      expect.closeTo(90, 9),
      100,
      expect.closeTo(110, 9),
    ]);
  });
  test("a difference's half-widths add in squares: 3 and 4 make 5", () => {
    const figure = difference(measured(200, 3), measured(100, 4));
    expect([figure.low, figure.value, figure.high]).toEqual([95, 100, 105]);
  });
  test("if one has no interval, the result has none", () => {
    expect(quotient(measured(200, 6), single(100, 1))).toMatchObject({
      value: 2,
      low: null,
      high: null,
      method: "none",
      validity: "indicative",
      reasons: ["no_interval"],
    });
    expect(difference(single(200, 1), measured(100, 4))).toMatchObject({ value: 100, low: null, high: null });
  });
  test("what is made of an unknown figure is unknown for the same reason", () => {
    expect(quotient(unknown("no_telemetry"), measured(1, 0))).toMatchObject({
      value: null,
      reasons: ["no_telemetry"],
      validity: "invalid",
    });
    expect(quotient(unknown("too_short"), unknown("no_price")).reasons).toEqual(["too_short", "no_price"]);
    expect(difference(measured(1, 0), unknown("too_few"))).toMatchObject({
      value: null,
      reasons: ["too_few"],
    });
  });
  test("a quotient by 0 is unknown", () =>
    expect(quotient(measured(1, 0), exact(0, 1))).toMatchObject({
      value: null,
      reasons: ["not_applicable"],
    }));
  test("a scaled figure has a scaled interval", () =>
    expect(scaled(measured(10, 1), 2)).toMatchObject({ low: 18, value: 20, high: 22 }));
  test("a sum needs all its parts", () => {
    expect(sumOf([exact(1, 5), single(2, 7)])).toMatchObject({
      value: 3,
      low: null,
      n: 12,
      validity: "indicative",
      reasons: ["no_interval"],
    });
    expect(sumOf([exact(1, 5), unknown("telemetry_gap")])).toMatchObject({
      value: null,
      reasons: ["telemetry_gap"],
    });
    expect(sumOf([])).toMatchObject({ value: null });
  });
});

describe("validity", () => {
  test("of several is the worst", () => {
    expect(worst(["valid", "invalid", "indicative"])).toBe("invalid");
    expect(worst([])).toBe("valid");
  });
  test("falls to indicative by a flag, whose reason is named once, and a null stays as it is", () => {
    expect(flagged(exact(1, 1), "estimated", "estimated")).toMatchObject({
      validity: "indicative",
      reasons: ["estimated"],
    });
    expect(flagged(unknown("too_few"), "estimated").reasons).toEqual(["too_few"]);
    expect(flagged(exact(1, 1))).toEqual(exact(1, 1));
  });
  test("has reasons in the order in which they came", () =>
    expect(distinct(["too_few", "censored", "too_few"])).toEqual(["too_few", "censored"]));
});
