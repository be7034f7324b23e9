import { type Batches, FOR_MEANS, varianceByTwentieths, varianceOfSum } from "../math/batches.ts";
import type { Figure } from "../figure.ts";
import { NORMAL, ratioTail, studentQuantile } from "../math/distribution.ts";
import { batchesOfMean } from "../metric/statistics/mean.ts";
import type { Brought, Influence } from "../metric/influence.ts";
import type { Influences } from "../report/influences.ts";
import { byRequest } from "./by-request.ts";

/**
 * How much larger b is than a, as the difference of their logarithms (or of percentages), and its standard errors. They
 * differ on either side where an interval does, and are infinite where one is open.
 */
export interface Difference {
  value: number;
  below: number;
  above: number;
  degrees: number;
  /** How much smaller, and larger, it may be by what merged chunks leave open, which no number of requests averages out. */
  open?: { below: number; above: number };
}

/** The scale on which figures are compared. A percentage may be 0 and cannot grow without end. */
export type Scale = (value: number) => number;

/** A figure of a level, and that of each of its runs, which is empty where runs have no such figure. */
export interface Repeated {
  figure: Figure;
  runs: number;
  ofRuns: Figure[];
  /** How many median latencies its windows hold. It is null where that is not known. */
  latencies: number | null;
}

type Runs = Influences["levels"][number]["runs"];

/** The degrees of freedom of overlapping batches (Meketon and Schmeiser, see `math/batches.ts`). */
const degreesOf = ({ count }: Batches): number => 1.5 * (count - 1);
const DEGREES_OF_RUN = degreesOf(FOR_MEANS);

/**
 * Of twins: request by request, or slice by slice, what both have in common goes, because the same requests were sent.
 * It is null where a run lacks the influences, or where their windows have other slices.
 */
export function twinDifference(
  a: Runs,
  b: Runs,
  figure: string,
  { isOpenLoop, inParts }: { isOpenLoop: boolean; inParts: boolean },
): Difference | null {
  const pairs = a.flatMap((run) => {
    const after = b.find(({ repeat }) => repeat === run.repeat);
    return (after === undefined ? null : pairOf(run, after, figure, isOpenLoop)) ?? [];
  });
  // Levels that ran until they were precise may have other numbers of parts. What both have is compared.
  const least = inParts ? 1 : Math.max(1, a.length, b.length);
  if (pairs.length < least) return null;
  const values = pairs.map(({ value }) => value);
  const within = {
    variance: meanOf(pairs.map(({ variance }) => variance)) / pairs.length,
    degrees: pairs.reduce((sum, { degrees }) => sum + degrees, 0),
  };
  const { variance, degrees } =
    values.length === 1
      ? within
      : sometimesPooled(within, {
          variance: varianceOf(values) / values.length,
          degrees: values.length - 1,
        });
  const error = Math.sqrt(variance);
  const open = {
    below: meanOf(pairs.map(({ below }) => below)),
    above: meanOf(pairs.map(({ above }) => above)),
  };
  return { value: meanOf(values), below: error, above: error, degrees, open };
}

interface Pair extends Estimate {
  value: number;
  /** What merged chunks leave open on either side. */
  below: number;
  above: number;
}

/**
 * Of one run and its twin. What a level at a rate asks is due at the same times in both, so its rates are compared by
 * slices of time: what is in flight at both ends is all that differs.
 */
function pairOf(a: Runs[number], b: Runs[number], figure: string, isOpenLoop: boolean): Pair | null {
  const [before, after] = [a.figures[figure], b.figures[figure]];
  if (before === undefined || after === undefined) return null;
  const open = {
    below: after.log - (after.ends?.low ?? after.log) + (before.ends?.high ?? before.log) - before.log,
    above: (after.ends?.high ?? after.log) - after.log + before.log - (before.ends?.low ?? before.log),
  };
  const isRate = figure === "outputTokensPerS" || figure === "requestsPerS";
  const paired =
    a.requests === null || b.requests === null || (isRate && isOpenLoop)
      ? null
      : byRequest(a.requests, b.requests, figure);
  if (paired !== null)
    return {
      value: paired.after.log - paired.before.log,
      ...varianceByTwentieths(between(paired.before, paired.after), {
        brought: broughtBy(paired.before, paired.after),
      }),
      ...open,
    };
  if (before.bySlice.length !== after.bySlice.length) return null;
  const variance = varianceOfSum(between(before, after), FOR_MEANS);
  return { value: after.log - before.log, variance, degrees: DEGREES_OF_RUN, ...open };
}

const between = (before: Influence, after: Influence): number[] =>
  after.bySlice.map((one, part) => one - (before.bySlice[part] ?? 0));

/** What each part brings of the figure, in the mean of both. */
function broughtBy({ brought: before }: Influence, { brought: after }: Influence): Brought | undefined {
  if (before === undefined || after === undefined) return undefined;
  return {
    bySlice: after.bySlice.map((one, part) => (one + (before.bySlice[part] ?? 0)) / 2),
    count: Math.min(before.count, after.count),
  };
}

/**
 * Of two reports that know nothing of one another: the distances from the values to the ends of their intervals add up
 * in squares, on either side its own (Zou and Donner, Construction of Confidence Intervals About Effect Measures,
 * Statistics in Medicine 27, 2008). It is null where an interval is missing.
 */
export function independentDifference(a: Repeated, b: Repeated, scale: Scale): Difference | null {
  const [before, after] = [errorsOf(a, scale), errorsOf(b, scale)];
  if (before === null || after === null) return null;
  const below = Math.hypot(after.below, before.above);
  const above = Math.hypot(after.above, before.below);
  const degrees = welch(before, after);
  const value = after.value - before.value;
  // The interval of a mean of several runs is that between the runs already.
  if (a.figure.method === "between_runs" && b.figure.method === "between_runs")
    return { value, below, above, degrees };
  const between = betweenRuns([a.ofRuns, b.ofRuns], scale);
  const variance = (below ** 2 + above ** 2) / 2;
  if (between === null || variance === 0 || variance === Infinity) return { value, below, above, degrees };
  const pooled = sometimesPooled({ variance, degrees }, between);
  const factor = Math.sqrt(pooled.variance / variance);
  return { value, below: factor * below, above: factor * above, degrees: pooled.degrees };
}

interface Errors {
  value: number;
  below: number;
  above: number;
  degrees: number;
}

/**
 * The method of an interval says what its half width is in standard errors. A mean of a window of few latencies has two
 * or three batches in place of five.
 */
function errorsOf({ figure, runs, latencies }: Repeated, scale: Scale): Errors | null {
  const { value, low, high, method, nEff } = figure;
  if (value === null || (low === null && high === null) || !Number.isFinite(scale(value))) return null;
  const batches = batchesOfMean(latencies ?? 0);
  const [degrees, width] =
    method === "between_runs"
      ? [runs - 1, studentQuantile(0.975, runs - 1)]
      : method === "batch_means" && nEff === null
        ? [degreesOf(batches), batches.t]
        : [DEGREES_OF_RUN, NORMAL];
  const distance = (end: number | null): number =>
    end === null ? Infinity : Math.abs(scale(end) - scale(value)) / width;
  return { value: scale(value), below: distance(low), above: distance(high), degrees };
}

/** Welch and Satterthwaite's degrees of freedom of a sum of two estimates. */
function welch(a: Errors, b: Errors): number {
  const [left, right] = [a, b].map(({ below, above }) => Math.min(below, above) ** 2);
  if (left === undefined || right === undefined || left + right === 0 || !Number.isFinite(left + right))
    return Math.min(a.degrees, b.degrees);
  return (left + right) ** 2 / (left ** 2 / a.degrees + right ** 2 / b.degrees);
}

interface Estimate {
  variance: number;
  degrees: number;
}

/** What runs of one report differ by (A/A) is the noise floor of a difference. It is null where neither has repeats. */
function betweenRuns(runs: Figure[][], scale: Scale): Estimate | null {
  const sides = runs.map((figures) => figures.flatMap(({ value }) => (value === null ? [] : scale(value))));
  const repeated = sides.filter((values) => values.length > 1 && values.every(Number.isFinite));
  const degrees = repeated.reduce((sum, values) => sum + values.length - 1, 0);
  if (degrees === 0 || sides.some((values) => values.length === 0)) return null;
  const squares = repeated.reduce((sum, values) => sum + (values.length - 1) * varianceOf(values), 0);
  return {
    variance: (squares / degrees) * sides.reduce((sum, values) => sum + 1 / values.length, 0),
    degrees,
  };
}

/** Where runs differ by more than this chance allows, they differ by more than their slices show. */
const POOLS = 0.25;

/**
 * Two estimates of one variance: pooled, unless the runs differ by more than their own slices explain, as they do where
 * a run is another state of the endpoint. Then only the runs count (Bancroft, Analysis and Inference for Incompletely
 * Specified Models Involving the Use of Preliminary Tests of Significance, Biometrics 20, 1964).
 */
function sometimesPooled(within: Estimate, between: Estimate): Estimate {
  if (within.variance === 0 && between.variance === 0) return within;
  const f = within.variance === 0 ? Infinity : between.variance / within.variance;
  if (f === Infinity || ratioTail(f, between.degrees, within.degrees) < POOLS) return between;
  const degrees = within.degrees + between.degrees;
  return {
    variance: (within.degrees * within.variance + between.degrees * between.variance) / degrees,
    degrees,
  };
}

const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function varianceOf(values: number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
