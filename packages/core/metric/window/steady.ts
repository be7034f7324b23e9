import { FOR_SHARES, varianceByTwentieths, varianceOfSum } from "../../math/batches.ts";
import { studentQuantile } from "../../math/distribution.ts";
import type { Share } from "../statistics/mean.ts";

/**
 * Whether the means of the slices of a window move. Neighbouring slices are alike, because requests wait for one
 * another, so what chance moves is judged by batches of slices and not by slices: ten batches of what the line, or the
 * step, leaves (13.5 degrees of freedom, less one for its slope). Near saturation these lean on one another, too. So of
 * a line the variance is at least that of twentieths, as much larger as their correlation asks: a queue that comes and
 * goes in minutes is no drift.
 */
const BATCHES = FOR_SHARES;
const DEGREES = 1.5 * (BATCHES.count - 1) - 1;
/** A move of less than this share of the mean does not matter, however sure it is. */
const MOVES = 0.1;
/**
 * One in 200 steady levels may look like a line by chance. A step is looked for at thirty places, so one in 5,000 may
 * at each.
 */
const SURE_LINE = studentQuantile(1 - 0.005 / 2, DEGREES);
const SURE_STEP = studentQuantile(1 - 0.0002 / 2, DEGREES);
/** No step is told from fewer slices on either side. */
const LEAST_SIDE = 3;
const LEAST_SLICES = 20;
/** A line has a mean and a slope. */
const OF_LINE = 2;

/** Whether a least-squares line through the slices (by weight) moves by more than 10 % and more than chance does. */
export function drifts(slices: Share[]): boolean {
  const { n, weight, value } = ofAll(slices);
  if (n < LEAST_SLICES || weight === 0 || value === 0) return false;
  const middle = sumOf(slices, (share, i) => share.weight * i) / weight;
  const squares = sumOf(slices, (share, i) => share.weight * (i - middle) ** 2);
  const along = sumOf(slices, (share, i) => (i - middle) * (share.sum - value * share.weight));
  const slope = along / squares;
  if (Math.abs(slope * n) <= MOVES * Math.abs(value)) return false;
  const left = slices.map((share, i) => share.sum - (value + slope * (i - middle)) * share.weight);
  const spread = sumOf(slices, (_, i) => (i - middle) ** 2);
  const variance = Math.max(
    varianceOfSum(left, BATCHES),
    varianceByTwentieths(left, { fitted: OF_LINE }).variance,
  );
  return Math.abs(along) > SURE_LINE * Math.sqrt((variance * spread) / n);
}

/**
 * Whether the slices begin at another mean than they go on with: the cut in the first half that parts them best leaves
 * means that differ by more than 10 %, and by more than chance does. It is how a slow start shows.
 */
export const beginsApart = (slices: Share[]): boolean => beginning(slices) !== null;

/**
 * A step leaves at most this share of the squares that a line leaves. In 120 s a slow start leaves 0.1 to 0.35 of them
 * and a drift 0.85 to 2 (`node packages/bench/run.ts --scenarios intervals`).
 */
const STEP_NOT_LINE = 0.6;

/**
 * How many slices at the start are a warm-up that was still going on: those before the step, unless a line through all
 * of them leaves hardly more than the step does. Then the level drifts, and to cut its beginning would hide that.
 */
export function warmUpSlices(slices: Share[]): number {
  const step = beginning(slices);
  if (step === null) return 0;
  const { n, weight, value } = ofAll(slices);
  const middle = sumOf(slices, (share, i) => share.weight * i) / weight;
  const slope =
    sumOf(slices, (share, i) => (i - middle) * (share.sum - value * share.weight)) /
    sumOf(slices, (share, i) => share.weight * (i - middle) ** 2);
  const left = (of: (i: number) => number): number =>
    sumOf(
      slices,
      (share, i) => (share.sum - of(i) * share.weight) ** 2 / Math.max(share.weight, weight / n / 10),
    );
  const ofLine = left((i) => value + slope * (i - middle));
  const ofStep = left((i) => (i < step.cut ? step.before : step.after));
  return ofStep < STEP_NOT_LINE * ofLine ? step.cut : 0;
}

/** Where the slices begin apart from the rest, and both means. */
interface Step {
  cut: number;
  before: number;
  after: number;
}

/** It is null where they do not. */
function beginning(slices: Share[]): Step | null {
  const { n, weight, value } = ofAll(slices);
  if (n < LEAST_SLICES || weight === 0 || value === 0) return null;
  const total = value * weight;
  let best = { gain: 0, cut: 0, before: 0, after: 0 };
  let [sum, weightBefore] = [0, 0];
  for (const [i, share] of slices.slice(0, n / 2).entries()) {
    sum += share.sum;
    weightBefore += share.weight;
    const weightAfter = weight - weightBefore;
    if (i + 1 < LEAST_SIDE || weightBefore === 0 || weightAfter === 0) continue;
    const [before, after] = [sum / weightBefore, (total - sum) / weightAfter];
    const gain = ((before - after) ** 2 * weightBefore * weightAfter) / weight;
    if (gain > best.gain) best = { gain, cut: i + 1, before, after };
  }
  const { cut, before, after } = best;
  if (cut === 0 || Math.abs(before - after) <= MOVES * Math.abs(after)) return null;
  const left = slices.map((share, i) => share.sum - (i < cut ? before : after) * share.weight);
  // Of the sum of n slices, in terms of a slice's mean.
  const error = (Math.sqrt(varianceOfSum(left, BATCHES) / n) * n) / weight;
  const isSure = Math.abs(before - after) > SURE_STEP * error * Math.sqrt(1 / cut + 1 / (n - cut));
  return isSure && !comesAgain(slices, { cut, before, after }) ? { cut, before, after } : null;
}

/**
 * Whether a later stretch of the same length lies half as far off, or farther. Users in lock-step make output rise and
 * fall with each of their answers, and a batch that holds whole answers does not see it. The stretch after the
 * beginning may still settle.
 */
function comesAgain(slices: Share[], { cut, before, after }: Step): boolean {
  for (let from = 2 * cut; from + cut <= slices.length; from++) {
    const { weight, value } = ofAll(slices.slice(from, from + cut));
    if (weight > 0 && (value - after) / (before - after) >= COMES_AGAIN) return true;
  }
  return false;
}
const COMES_AGAIN = 0.5;

function ofAll(slices: Share[]): { n: number; weight: number; value: number } {
  const weight = sumOf(slices, (share) => share.weight);
  return { n: slices.length, weight, value: sumOf(slices, ({ sum }) => sum) / weight };
}

const sumOf = (slices: Share[], of: (share: Share, i: number) => number): number =>
  slices.reduce((sum, share, i) => sum + of(share, i), 0);
