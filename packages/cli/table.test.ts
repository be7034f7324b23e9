import { expect, test } from "vitest";
import { table, wrap } from "./table.ts";

test("the first column is left, the others right, and nothing trails", () =>
  expect(
    table([
      ["", "10 users", "50 users"],
      ["TTFT p95, ms", "≥ 12", "7"],
      ["power", "", ""],
    ]),
  ).toEqual(["                10 users  50 users", "  TTFT p95, ms      ≥ 12         7", "  power"]));

test("text beside its name stays left", () =>
  expect(
    table(
      [
        ["a", "long text"],
        ["bbb", "x"],
      ],
      "left",
    ),
  ).toEqual(["  a    long text", "  bbb  x"]));

test("long words stand alone rather than being cut", () =>
  expect(wrap("a bb cccccccccc d", 6, " ")).toEqual([" a bb", " cccccccccc", " d"]));
