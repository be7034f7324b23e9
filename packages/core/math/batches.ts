import { studentQuantile } from "./distribution.ts";

/**
 * Overlapping batch means: what the sum of a series that leans on itself is known to. Values that depend on one
 * another vary together, so sums of batches that are long beside that dependence show how the whole sum varies
 * (Meketon and Schmeiser, Overlapping Batch Means: Something for Nothing?, Winter Simulation Conference 1984). The
 * series are residuals of equal slices in time, whose sum is 0. Their unit is that of the sum.
 */
export interface Batches {
  /** The batches of a window that do not overlap. */
  count: number;
  /** The quantile of Student's t, at 97.5 %, with and without a control. */
  t: number;
  tOfControlled: number;
}

/** Their variance has 1.5 × (count − 1) degrees of freedom (Meketon and Schmeiser). A control costs one. */
const batchesOf = (count: number): Batches => ({
  count,
  t: studentQuantile(0.975, 1.5 * (count - 1)),
  tOfControlled: studentQuantile(0.975, 1.5 * (count - 1) - 1),
});

/**
 * The fewer batches, the longer the dependence that they see, and the wider the interval. `node packages/bench/run.ts
 * --scenarios intervals` chose these: five for sums of values, ten for shares, whose interval is by ranks.
 */
export const FOR_MEANS = batchesOf(5);
export const FOR_SHARES = batchesOf(10);

/**
 * Half the 95 % interval of the sum of a series. `excess` is a control: what each slice of the load had more than it
 * has in the mean of all loads of its kind. It explains a part of the residuals (regression over the batches), and
 * that part counts only as far as the excesses do not cancel in the whole window (Lavenberg and Welch, A Perspective on
 * the Use of Control Variables, Management Science 27, 1981).
 */
export function halfWidthOfSum(
  residuals: number[],
  batches: Batches,
  excess: number[] | null = null,
): number {
  if (excess === null) return batches.t * Math.sqrt(varianceOfSum(residuals, batches));
  const { sums, inAll, length, scale } = batched(residuals, batches);
  const total = excess.reduce((sum, one) => sum + one, 0);
  const controls = overlappingSums(excess, length).map((sum) => sum - total / inAll);
  const ofControls = squares(controls);
  const slope =
    ofControls === 0 ? 0 : sums.reduce((sum, one, i) => sum + one * (controls[i] ?? 0), 0) / ofControls;
  const left = sums.map((sum, i) => sum - slope * (controls[i] ?? 0));
  const degrees = 1.5 * (batches.count - 1);
  const error = Math.sqrt((scale * squares(left) * degrees) / (degrees - 1));
  return Math.hypot(batches.tOfControlled * error, slope * total);
}

/** The variance of the sum of a series, by the same batches. */
export function varianceOfSum(residuals: number[], batches: Batches): number {
  const { sums, scale } = batched(residuals, batches);
  return scale * squares(sums);
}

function batched(
  residuals: number[],
  { count }: Batches,
): { sums: number[]; length: number; inAll: number; scale: number } {
  const length = Math.max(1, Math.round(residuals.length / count));
  const sums = overlappingSums(residuals, length);
  const inAll = residuals.length / length;
  // The mean of the whole is taken out of each batch, which leaves less of its variance the longer it is.
  return { sums, length, inAll, scale: inAll / (sums.length * (1 - 1 / inAll)) };
}

/** The sums of all stretches of so many slices. */
function overlappingSums(values: number[], length: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const [i, value] of values.entries()) {
    sum += value - (values[i - length] ?? 0);
    if (i >= length - 1) sums.push(sum);
  }
  return sums;
}

const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);

const NEIGHBOURS = 20;
/** At this correlation a window holds about nine times in which it falls to a third (1/e). */
const LEANS = 0.65;

/**
 * Whether a window holds too few correlation times of its own series: twentieths of it are still alike if they are
 * neighbours (first correlation above 0.65). Then five batches do not show how the whole varies.
 */
export function isTooCorrelated(residuals: number[]): boolean {
  const parts = Array.from({ length: NEIGHBOURS }, () => 0);
  for (const [i, residual] of residuals.entries()) {
    const part = Math.floor((i * NEIGHBOURS) / residuals.length);
    parts[part] = (parts[part] ?? 0) + residual;
  }
  const together = parts.reduce((sum, part, i) => sum + part * (parts[i - 1] ?? 0), 0);
  // Residuals that sum to 0 have a first correlation of −1/n if they are independent.
  return together / squares(parts) + 1 / NEIGHBOURS > LEANS;
}
