import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pattern, viewOf } from "./pattern.ts";

/** Of two values, so that parts are often alike. */
const bytes = (maxLength: number): fc.Arbitrary<Buffer> => fc.array(fc.constantFrom(0, 255), { maxLength }).map((values) => Buffer.from(values));

describe("a pattern", () => {
  test("is found where its bytes stand, wherever that is, and nowhere else", () => {
    fc.assert(
      fc.property(bytes(13), bytes(9), bytes(9), (wanted, before, after) => {
        const text = Buffer.concat([before, wanted, after]);
        const pattern = new Pattern(wanted);
        for (let at = 0; at + wanted.length <= text.length; at++) {
          expect(pattern.isAt(viewOf(text), at)).toBe(text.subarray(at, at + wanted.length).equals(wanted));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("notices each byte that is another", () => {
    for (let length = 1; length <= 12; length++) {
      const pattern = new Pattern(Buffer.alloc(length, "a"));
      for (let other = 0; other < length; other++) {
        const text = Buffer.alloc(length, "a");
        text[other] = 98;
        expect(pattern.isAt(viewOf(text), 0)).toBe(false);
      }
    }
  });

  test("keeps its bytes when the buffer is read into anew", () => {
    const buffer = Buffer.from("data: x");
    const pattern = new Pattern(buffer.subarray(0, 6));
    buffer.fill(0);
    expect(pattern.isAt(viewOf(buffer), 0)).toBe(false);
    buffer.write("data: ");
    expect(pattern.isAt(viewOf(buffer), 0)).toBe(true);
  });
});
