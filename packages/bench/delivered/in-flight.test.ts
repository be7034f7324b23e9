import { expect, test } from "vitest";
import { meanOpen } from "./in-flight.ts";

test.each([
  ["one that covers the window counts once", [{ fromMs: 0, toMs: 100 }], 1],
  [
    "two that share it by turns count as one",
    [
      { fromMs: 0, toMs: 20 },
      { fromMs: 20, toMs: 100 },
    ],
    1,
  ],
  ["one that is there for half of it counts half", [{ fromMs: 15, toMs: 100 }], 0.5],
  ["one outside it does not count", [{ fromMs: 30, toMs: 100 }], 0],
])("%s", (_fact, intervals, mean) => expect(meanOpen(intervals, 10, 20)).toBe(mean));
