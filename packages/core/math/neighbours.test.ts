import { expect, test } from "vitest";
import { toldWithNeighbours } from "./neighbours.ts";

/** Good with seven marks and no more than one bad one, bad with four bad ones. */
function judge(marks: string[]): boolean | null {
  const bad = marks.filter((mark) => mark === "-").length;
  if (bad >= 4) return false;
  return marks.length >= 7 && bad <= 1 ? true : null;
}

test.each([
  ["by itself", ["+++++++", "----"], 0, true],
  ["by itself, whatever its neighbours are", ["----", "+++++++"], 1, true],
  ["with the next one, where both are good", ["++++", "+++"], 0, true],
  ["with the one before, where both are bad", ["+--", "--"], 1, false],
  ["not by a good one before", ["+++++++", "+"], 1, null],
  ["not by a bad one after", ["++", "----"], 0, null],
  ["not alone", ["++"], 0, null],
])("one of several is told %s", (_, groups, index, expected) =>
  expect(
    toldWithNeighbours(
      groups.map((marks) => Array.from(marks)),
      index,
      judge,
    )?.told ?? null,
  ).toBe(expected),
);

test("what told it is named", () =>
  expect(toldWithNeighbours([["+", "+", "+"], ["+", "+", "+", "+"], ["-"]], 0, judge)?.by).toHaveLength(7));
