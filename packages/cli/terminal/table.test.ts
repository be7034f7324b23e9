import { expect, test } from "vitest";
import { table, wrap } from "./table.ts";

test("the first column is aligned left and the others right, without spaces at the end", () =>
  expect(
    table([
      ["", "10 users", "50 users"],
      ["TTFT p95, ms", "≥ 12", "7"],
      ["power", "", ""],
    ]),
  ).toEqual(["                10 users  50 users", "  TTFT p95, ms      ≥ 12         7", "  power"]));

test("texts beside their names are aligned left", () =>
  expect(
    table(
      [
        ["a", "long text"],
        ["bbb", "x"],
      ],
      "left",
    ),
  ).toEqual(["  a    long text", "  bbb  x"]));

test("a long word gets a line of its own and is not cut", () =>
  expect(wrap("a bb cccccccccc d", 6, " ")).toEqual([" a bb", " cccccccccc", " d"]));

test("a name in Chinese, or with an emoji, takes two cells a character and keeps the columns", () =>
  expect(
    table([
      ["通义千问-72B", "1"],
      ["llama 🦙", "22"],
      ["👩‍💻 coder", "333"],
      ["plain", "4,444"],
    ]),
  ).toEqual([
    "  通义千问-72B      1",
    "  llama 🦙         22",
    "  👩‍💻 coder        333",
    "  plain         4,444",
  ]));

test("lines are broken by the cells that they take", () =>
  expect(wrap("通义 千问 ab", 7)).toEqual(["通义", "千问 ab"]));
