import type { Difference } from "@brimline/core/compare/error";
import { shownFrom, smallestOf } from "@brimline/core/compare/gate";

/** A difference of what has not changed, and how many are tested at once with it. */
export interface Unchanged {
  difference: Difference;
  tests: number;
}

/** Whether the smallest change that a comparison prints is what it would have found in nine of ten. */
export interface Honest {
  /** Of comparisons that each have a change of the size that they print: how many of 100 find it. */
  foundPercent: number;
  /** The median of what they print, and what nine of ten of them do find, percent. */
  printed: number;
  needed: number;
}

/**
 * What has not changed varies by chance alone. To each such difference a change is added, a rise and a fall, so it is
 * seen whether it would have shown. It is null without differences.
 */
export function honestyOf(unchanged: Unchanged[]): Honest | null {
  const known = unchanged.filter(({ difference, tests }) => Number.isFinite(smallestOf(difference, tests)));
  if (known.length === 0) return null;
  const tries = known.flatMap(({ difference, tests }) => {
    const { rise, fall } = shownFrom(difference, tests);
    const printed = smallestOf(difference, tests);
    // Whatever chance did, so much of a change on top of it shows.
    return [rise - difference.value, fall + difference.value].map((needed) => ({ needed, printed }));
  });
  const sorted = (values: number[]): number[] => values.toSorted((a, b) => a - b);
  const at = (values: number[], share: number): number =>
    sorted(values)[Math.min(values.length - 1, Math.ceil(share * values.length) - 1)] ?? Number.NaN;
  return {
    foundPercent: (100 * tries.filter(({ needed, printed }) => printed >= needed).length) / tries.length,
    printed: percent(
      at(
        tries.map(({ printed }) => printed),
        0.5,
      ),
    ),
    needed: percent(
      at(
        tries.map(({ needed }) => needed),
        0.9,
      ),
    ),
  };
}

const percent = (ofLogs: number): number => 100 * Math.expm1(ofLogs);
