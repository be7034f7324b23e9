import { studentQuantile, studentTails } from "../math/distribution.ts";
import type { Difference } from "./error.ts";
import type { Change } from "../codes.ts";

/** One in twenty comparisons of what has not changed may say that something has. */
const ALPHA = 0.05;
/** A change of the smallest size is found in nine of ten: 90 % of normal values lie below this many deviations. */
const POWER_Z = 1.2816;

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

/**
 * P(a difference of at least this size) where there is none. The error that counts is the one towards 0. Of a difference
 * that is not known it is 1.
 */
export function chanceOf({ value, below, above, degrees, open = CLOSED }: Difference): number {
  const error = value > 0 ? below : above;
  const size = Math.abs(value) - (value > 0 ? open.below : open.above);
  if (!(size > 0) || !(error < Infinity)) return 1;
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

/** A change that is to show, of a figure that is one of so many in the gate. Without a margin any change counts. */
export interface Sought {
  tests: number;
  margin?: number;
}

/** The smallest rise, and fall, that this difference would have to have for a verdict, if no other figure changed. */
export function shownFrom(
  difference: Difference,
  { tests, margin = 0 }: Sought,
): { rise: number; fall: number } {
  const { below, above, degrees, open = CLOSED } = difference;
  const t = studentQuantile(1 - ALPHA / 2 / tests, degrees);
  const within = studentQuantile(1 - ALPHA, degrees);
  return {
    rise: Math.max(open.below + t * below, margin - open.above - within * above),
    fall: Math.max(open.above + t * above, margin - open.below - within * below),
  };
}

/**
 * The smallest difference that nine of ten such comparisons find, were it the only one of `tests`: that it is not 0, and
 * that it is not within the margin. Its error is an estimate, and those of the others differ from it.
 */
export function smallestOf(difference: Difference, sought: Sought): number {
  const { below, above, open = CLOSED } = difference;
  const { shows, leaves } = errorsFor(difference, sought);
  const { margin = 0 } = sought;
  return Math.max(
    open.below + shows * below,
    open.above + shows * above,
    margin - open.above - leaves * above,
    margin - open.below - leaves * below,
  );
}

/**
 * How many times the data nine of ten such comparisons find a difference of this size with. An error falls with the root
 * of the data, and what merged chunks leave open does not.
 */
export function timesFor(size: number, difference: Difference, tests: number): number {
  const { below, above, open = CLOSED } = difference;
  const { shows } = errorsFor(difference, { tests });
  const side = (error: number, left: number): number => (left > 0 ? ((shows * error) / left) ** 2 : Infinity);
  return Math.max(side(below, size - open.below), side(above, size - open.above));
}

/**
 * So many errors of this pair must a change have to be found by nine of ten others. One is found where it is
 * t × its own error or more, and value and error vary: of `degrees` of freedom an estimated error has a variance of
 * 1 ÷ 2·degrees of its square. So k − t = z₀.₉ × √(1 + (k² + t²) ÷ 2·degrees), which is solved for k. It finds 90
 * of 100 from two degrees on, and up to 94 below. `leaves` is the same of the margin.
 */
function errorsFor({ degrees }: Difference, { tests }: Sought): { shows: number; leaves: number } {
  const c = POWER_Z ** 2 / (2 * degrees);
  const both = (t: number): { least: number; most: number } => {
    const root = Math.sqrt(t ** 2 - (1 - c) * ((1 - c) * t ** 2 - POWER_Z ** 2));
    return { least: (t - root) / (1 - c), most: (t + root) / (1 - c) };
  };
  return {
    shows: both(studentQuantile(1 - ALPHA / 2 / tests, degrees)).most,
    leaves: both(studentQuantile(1 - ALPHA, degrees)).least,
  };
}
