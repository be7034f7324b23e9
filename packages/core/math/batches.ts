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
export const batchesOf = (count: number): Batches => ({
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
export const isTooCorrelated = (residuals: number[]): boolean =>
  firstCorrelation(twentieths(residuals)) > LEANS;

/** A correlation above this leaves less than two independent batches. */
const LEANS_MOST = 0.8;

/** Student's t with less than one degree has no end that would tell anything. */
const LEAST_DEGREES = 1;
/** A twentieth that brings nearly all would make the variance infinite. */
const LEAST_REST = 0.05;

/**
 * The variance of the sum of a series of which little leans on itself, as the difference of twins: by twentieths that
 * do not overlap, and as much larger as their first correlation asks (Tafazzoli, Steiger, Wilson, N-Skart: A
 * Nonsequential Skewness- and Autoregression-Adjusted Batch-Means Procedure for Simulation Analysis, IEEE Transactions
 * on Automatic Control 56, 2011). So many short batches make it surer than five long ones do. Its degrees of freedom
 * are those of the batches that are independent. `fitted` says how many parameters were taken out of the series.
 *
 * `brought` says how much each value brings of the ratio that was taken out. A twentieth that brings much of it, as
 * one long queue does of a mean TTFT, draws the ratio to itself and looks as if it hardly varied. So its residual counts
 * as if the ratio were that of the others (the jackknife), and the degrees of freedom are those of as many equal
 * twentieths as would bring so much: 1 ÷ Σ share² (Bell and McCaffrey, Bias Reduction in Standard Errors for Linear
 * Regression with Multi-Stage Samples, Survey Methodology 28, 2002), less what shares of so few values vary by.
 */
export function varianceByTwentieths(
  series: number[],
  {
    fitted = 1,
    brought,
  }: { fitted?: number; brought?: { bySlice: number[]; count: number } | undefined } = {},
): { variance: number; degrees: number } {
  const parts = twentieths(series);
  const shares = brought === undefined ? parts.map(() => 1 / NEIGHBOURS) : twentieths(brought.bySlice);
  const correlation = Math.min(LEANS_MOST, Math.max(0, firstCorrelation(parts, fitted)));
  const worse = (1 + correlation) / (1 - correlation);
  const withoutOwn = parts.map(
    (part, i) => (part * (1 - 1 / NEIGHBOURS)) / Math.max(LEAST_REST, 1 - (shares[i] ?? 0)),
  );
  const byChance = (1 - 1 / NEIGHBOURS) / (brought?.count ?? Infinity);
  const equal = brought === undefined ? NEIGHBOURS : 1 / Math.max(1 / NEIGHBOURS, squares(shares) - byChance);
  return {
    variance: (NEIGHBOURS / (NEIGHBOURS - fitted)) * squares(withoutOwn) * worse,
    degrees: Math.max(LEAST_DEGREES, Math.min(NEIGHBOURS - fitted, equal - 1) / worse),
  };
}

function twentieths(series: number[]): number[] {
  const parts = Array.from({ length: NEIGHBOURS }, () => 0);
  for (const [i, one] of series.entries()) {
    const part = Math.floor((i * NEIGHBOURS) / series.length);
    parts[part] = (parts[part] ?? 0) + one;
  }
  return parts;
}

/** Independent parts have one of −1/n for each parameter that was fitted to them. It is 0 where all of them are. */
function firstCorrelation(parts: number[], fitted = 1): number {
  const all = squares(parts);
  const together = parts.reduce((sum, part, i) => sum + part * (parts[i - 1] ?? 0), 0);
  return all === 0 ? 0 : together / all + fitted / parts.length;
}
