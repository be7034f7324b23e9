import type { Difference } from "@brimline/core/compare/error";
import { shownFrom, smallestOf } from "@brimline/core/compare/gate";

/** A difference of what has not changed, how many are tested at once with it, and the margin of its comparison. */
export interface Unchanged {
  difference: Difference;
  tests: number;
  margin: number;
}

/** Whether the smallest change that comparisons print is what nine of ten of them find. Sizes are in percent. */
export interface Honest {
  /** Of 100 pairs with a change of the size that they print themselves, and that another of them prints, find it. */
  ownPercent: number;
  othersPercent: number;
  /** The median of what they print, and what nine of ten of them do find. */
  printed: number;
  needed: number;
  /** What nine of ten tell from no change, whatever the margin. It is null where more than one in ten tell nothing. */
  shows: number | null;
}

/**
 * What has not changed varies by chance alone. To each such difference a change is added, a rise and a fall, so it is
 * seen whether it would have shown. It is null where no pair prints a size.
 */
export function honestyOf(unchanged: Unchanged[]): Honest | null {
  const sizes = unchanged.map(({ difference, ...sought }) => smallestOf(difference, sought));
  const printed = sizes.filter(Number.isFinite).toSorted(ascending);
  if (printed.length === 0) return null;
  const needed = unchanged.map(({ difference, tests, margin }) => neededBy(difference, { tests, margin }));
  const all = needed.flat().toSorted(ascending);
  const shows = at(
    unchanged.flatMap(({ difference, tests }) => neededBy(difference, { tests })).toSorted(ascending),
    0.9,
  );
  const own = unchanged.flatMap((_, i) => (needed[i] ?? []).map((one) => one <= (sizes[i] ?? 0)));
  const byOthers = printed.map((size) => shareUpTo(all, size));
  return {
    ownPercent: (100 * own.filter(Boolean).length) / own.length,
    othersPercent: (100 * byOthers.reduce((sum, share) => sum + share, 0)) / byOthers.length,
    printed: percent(at(printed, 0.5)),
    needed: percent(at(all, 0.9)),
    shows: Number.isFinite(shows) ? percent(shows) : null,
  };
}

/** Whatever chance did, so much of a rise, or of a fall, on top of it shows. */
function neededBy(difference: Difference, sought: { tests: number; margin?: number }): number[] {
  const { rise, fall } = shownFrom(difference, sought);
  return [rise - difference.value, fall + difference.value];
}

const ascending = (a: number, b: number): number => a - b;

const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

const shareUpTo = (sorted: number[], size: number): number =>
  sorted.filter((one) => one <= size).length / sorted.length;

const percent = (ofLogs: number): number => 100 * Math.expm1(ofLogs);
