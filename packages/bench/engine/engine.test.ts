import { expect, test } from "vitest";
import { differenceCell } from "./engine.ts";

test.each<[string, [number | null, number | null][], string]>([
  [
    "the median over the rounds, in percent of the engine's",
    [
      [101, 100],
      [102, 100],
      [109, 100],
    ],
    "+2.0 %",
  ],
  ["marked above 3 %", [[104, 100]], "+4.0 % !"],
  ["below is as wrong as above", [[96.9, 100]], "−3.1 % !"],
  [
    "a round in which one of them says nothing is left out",
    [
      [null, 100],
      [100, null],
      [100, 0],
      [101, 100],
    ],
    "+1.0 %",
  ],
  ["nothing is said of nothing", [[null, 100]], "–"],
])("%s", (_fact, pairs, cell) => expect(differenceCell(pairs)).toBe(cell));
