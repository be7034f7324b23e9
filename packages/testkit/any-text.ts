import fc from "fast-check";

const SURROGATES = { from: 0xd800, count: 0x800 };

const codePoint = fc
  .integer({ min: 0, max: 0x10_ffff - SURROGATES.count })
  .map((nth) => String.fromCodePoint(nth < SURROGATES.from ? nth : nth + SURROGATES.count));

/** Any text of whole code points. fast-check's own kind lists all of Unicode first, which takes a second. */
export const anyText = (maxLength?: number): fc.Arbitrary<string> =>
  fc.array(codePoint, maxLength === undefined ? {} : { maxLength }).map((points) => points.join(""));
