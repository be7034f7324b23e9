import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Pattern, viewOf } from "./pattern.ts";

/** The bytes have few values, so that parts are often alike. */
const bytes = (values: number[], maxLength: number): fc.Arbitrary<Buffer> =>
  fc.array(fc.constantFrom(...values), { maxLength, size: "max" }).map((chosen) => Buffer.from(chosen));
const TEXT = [0x22, 0x7e];
/** The bytes that zeros and NaN are made of, with either sign. */
const NO_TEXT = [0x00, 0x80, 0x7f, 0xf0, 0xff];

/** Each place of a text: whether the pattern is found there, and whether its bytes stand there. */
const places = (wanted: Buffer, text: Buffer): { isFound: boolean; stands: boolean }[] => {
  const pattern = new Pattern(wanted);
  return Array.from({ length: text.length - wanted.length + 1 }, (_, at) => ({
    isFound: pattern.isAt(viewOf(text), at),
    stands: text.subarray(at, at + wanted.length).equals(wanted),
  }));
};

describe("a pattern", () => {
  test("is found at every place where its bytes stand, and nowhere else", () => {
    fc.assert(
      fc.property(bytes(TEXT, 75), bytes(TEXT, 17), bytes(TEXT, 17), (wanted, before, after) => {
        for (const { isFound, stands } of places(wanted, Buffer.concat([before, wanted, after])))
          expect(isFound).toBe(stands);
      }),
      { numRuns: 300 },
    );
  });

  test("of bytes that are no text is never found where others stand", () => {
    fc.assert(
      fc.property(bytes(NO_TEXT, 12), bytes(NO_TEXT, 32), (wanted, text) => {
        for (const { isFound, stands } of places(wanted, Buffer.concat([text, wanted])))
          expect(isFound && !stands).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("of zeros alone is not found where the other zero stands, which is equal to it as a double", () => {
    const [zero, minusZero] = [Buffer.alloc(8), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x80])];
    expect(new Pattern(zero).isAt(viewOf(minusZero), 0)).toBe(false);
    expect(new Pattern(minusZero).isAt(viewOf(zero), 0)).toBe(false);
  });

  test("is not found where any one byte differs", () => {
    for (let length = 1; length <= 75; length++) {
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
