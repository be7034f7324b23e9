import fc from "fast-check";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { atOnce } from "./at-once.ts";

describe("many requests at once", () => {
  test("begin in order, at most so many side by side, and are answered in order", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(3), { maxLength: 30 }),
        async (limit, turns) => {
          const begun: number[] = [];
          let open = 0;
          let most = 0;
          const answers = await atOnce(limit, turns.entries(), async ([index, turnsLong]) => {
            begun.push(index);
            most = Math.max(most, ++open);
            for (let turn = 0; turn < turnsLong; turn++) await nextTurn();
            open--;
            return index;
          });
          expect(begun).toEqual([...turns.keys()]);
          expect(answers).toEqual(begun);
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 30 },
    ));

  test("are all made if one of them fails, and then its error is thrown", async () => {
    const made: number[] = [];
    const all = atOnce(2, [1, 2, 3, 4], async (item) => {
      made.push(item);
      if (item === 1) throw new Error("no 1");
      await nextTurn();
    });
    await expect(all).rejects.toThrow("no 1");
    expect(made).toEqual([1, 2, 3, 4]);
  });
});
