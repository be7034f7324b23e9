import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalFrom, randomFrom } from "../../random.ts";
import { binOf, createGapSections } from "./gap-sections.ts";

describe("the bin of a gap", () => {
  test("is the gap itself up to 511 µs", () => expect([0, 1, 255, 511].map(binOf)).toEqual([0, 1, 255, 511]));

  test("never falls, and holds gaps that differ by 0.4 % at most, up to the longest", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 2 }), (us) => {
        expect(binOf(us + 1) - binOf(us)).toBeGreaterThanOrEqual(0);
        const beyond = us + Math.ceil(us / 255);
        if (us > 511 && beyond < 2 ** 32) expect(binOf(beyond)).toBeGreaterThan(binOf(us));
      }),
    ));
});

describe("how many gaps those of a window are worth", () => {
  const random = randomFrom(3);
  const worth = (stepUs: (slice: number) => number): number => {
    const sections = createGapSections();
    for (let slice = 0; slice < 60; slice++)
      for (let i = 0; i < 100; i++)
        sections.add(slice, 60, Math.round(stepUs(slice) + 500 * normalFrom(random)));
    return sections.effectiveSize(30);
  };

  test("is most of them if they are independent", () => expect(worth(() => 30_000)).toBeGreaterThan(2500));

  test("is few if all of a slice share a step", () => {
    const steps = Array.from({ length: 60 }, () => 30_000 + 3000 * normalFrom(random));
    expect(worth((slice) => steps[slice] ?? 0)).toBeLessThan(200);
  });

  test("is their number if none is longer", () => {
    const sections = createGapSections();
    for (let slice = 0; slice < 60; slice++) sections.add(slice, 60, 20_000);
    expect(sections.effectiveSize(30)).toBe(60);
  });
});
