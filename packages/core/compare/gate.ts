import { studentQuantile, studentTails } from "../math/distribution.ts";
import type { Difference } from "./error.ts";
import type { Change } from "../codes.ts";

/** One in twenty comparisons of what has not changed may say that something has. */
const ALPHA = 0.05;
/** A change of the smallest size is found in nine of ten. */
const POWER = 0.9;

/** The 95 % interval of a difference. An end that is not bounded is infinite. */
export const intervalOf = (difference: Difference): { low: number; high: number } =>
  reachOf(difference, studentQuantile(1 - ALPHA / 2, difference.degrees));

/** So many errors on either side, beyond what is open. */
const reachOf = (
  { value, below, above, open = CLOSED }: Difference,
  t: number,
): { low: number; high: number } => ({
  low: value - open.below - t * below,
  high: value + open.above + t * above,
});

const CLOSED = { below: 0, above: 0 };

/** P(a difference of at least this size) where there is none. The error that counts is the one towards 0. */
export function chanceOf({ value, below, above, degrees, open = CLOSED }: Difference): number {
  const error = value > 0 ? below : above;
  const size = Math.abs(value) - (value > 0 ? open.below : open.above);
  if (size <= 0 || error === Infinity) return 1;
  return error === 0 ? 0 : studentTails(size / error, degrees);
}

/**
 * Holm's correction (A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6,
 * 1979): the smallest of m chances counts m times, the next m − 1 times, and none less than the one before.
 */
export function holm(chances: number[]): number[] {
  const order = chances.map((_, i) => i).toSorted((i, j) => (chances[i] ?? 0) - (chances[j] ?? 0));
  const corrected = chances.map(() => 1);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.min(1, Math.max(least, (chances.length - rank) * (chances[i] ?? 1)));
    corrected[i] = least;
  }
  return corrected;
}

/**
 * Whether a difference lies within the margin, by two one-sided tests (TOST; Schuirmann, Journal of Pharmacokinetics
 * and Biopharmaceutics 15, 1987): its 90 % interval does. That nothing was found is no proof that nothing changed.
 */
export function isWithin(difference: Difference, margin: number): boolean {
  const { low, high } = reachOf(difference, studentQuantile(1 - ALPHA, difference.degrees));
  return low > -margin && high < margin;
}

/** The verdict on one figure. `chance` is corrected, and `margin` is on the scale of the difference. */
export function verdictOf(
  difference: Difference,
  { chance, margin, better }: { chance: number; margin: number; better: "higher" | "lower" },
): Change {
  if (isWithin(difference, margin)) return "same";
  if (chance >= ALPHA) return "inconclusive";
  return difference.value > 0 === (better === "higher") ? "better" : "worse";
}

/** The smallest rise, and fall, that shows where so many figures are tested and no other has changed. */
export function shownFrom(difference: Difference, tests: number): { rise: number; fall: number } {
  const { below, above, degrees, open = CLOSED } = difference;
  const t = studentQuantile(1 - ALPHA / 2 / tests, degrees);
  return { rise: open.below + t * below, fall: open.above + t * above };
}

/** The smallest difference that is found in nine of ten such comparisons, were it the only one of `tests`. */
export function smallestOf(difference: Difference, tests: number): number {
  const { rise, fall } = shownFrom(difference, tests);
  const t = studentQuantile(POWER, difference.degrees);
  return Math.max(rise + t * difference.below, fall + t * difference.above);
}
