import { expect, test } from "vitest";
import { falling } from "./isotonic.ts";

const of = (...pairs: [value: number, weight: number][]) =>
  falling(pairs.map(([value, weight]) => ({ value, weight })));

test.each([
  ["nothing", of(), []],
  ["what falls already", of([3, 1], [2, 9], [2, 1], [0, 1]), [3, 2, 2, 0]],
  ["one that rises shares the weighted mean with its neighbour", of([1, 3], [5, 1], [0, 1]), [2, 2, 0]],
  ["a pool that then rises above those before it takes them in", of([4, 1], [3, 1], [8, 1]), [5, 5, 5]],
])("%s", (_, found, wanted) => expect(found).toEqual(wanted));
