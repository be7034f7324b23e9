import { expect, test } from "vitest";
import { textWidth, TTF } from "./font.ts";
import { woffToTtf } from "./woff.ts";

test.each([
  // These are advance widths of Inter 400 over its 2,048 units per em.
  ["0", 400, 0.6309],
  [" ", 400, 0.2813],
  ["W", 400, 0.9844],
])("%s in weight %i is as wide as the font says", (character, weight, em) => {
  expect(textWidth(character, 1, weight)).toBeCloseTo(em, 2);
});

test("a text is as wide as its characters, and bold is wider", () => {
  expect(textWidth("Users", 12, 400)).toBeCloseTo(
    "Users".split("").reduce((sum, one) => sum + textWidth(one, 12, 400), 0),
  );
  expect(textWidth("Users", 12, 600)).toBeGreaterThan(textWidth("Users", 12, 400));
});

test("the font is TrueType with its tables in order of their tags", () => {
  expect(TTF.regular.readUInt32BE(0)).toBe(0x00010000);
  const tags = Array.from({ length: TTF.regular.readUInt16BE(4) }, (_, index) =>
    TTF.regular.toString("latin1", 12 + 16 * index, 16 + 16 * index),
  );
  expect(tags).toEqual(tags.toSorted());
  expect(tags).toContain("glyf");
});

test("a file that is no WOFF is refused", () =>
  expect(() => woffToTtf(Buffer.from("OTTO"))).toThrow("not a WOFF 1 file"));
