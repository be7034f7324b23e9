import { levenbergMarquardt } from "ml-levenberg-marquardt";

/** A curve of throughput against load: y = scale × unscaled(x; θ). */
export type Family = "line" | "michaelis_menten" | "usl" | "exponential";

/** A fitted curve. `theta` holds its parameters: none, K, or σ and κ. */
export interface Curve {
  family: Family;
  scale: number;
  theta: number[];
  /** The sum of squared residuals. */
  rss: number;
  r2: number | null;
  aicc: number | null;
}

const UNSCALED: Record<Family, (theta: readonly number[]) => (x: number) => number> = {
  line: () => (x) => x,
  michaelis_menten:
    ([K = 1]) =>
    (x) =>
      x / (K + x),
  exponential:
    ([K = 1]) =>
    (x) =>
      1 - Math.exp(-x / K),
  // This is Gunther's Universal Scalability Law.
  usl:
    ([sigma = 0, kappa = 0]) =>
    (x) =>
      x / (1 + sigma * (x - 1) + kappa * x * (x - 1)),
};

/**
 * The starting points of θ in units of the highest load. The surface is flat towards large K, so a single
 * start may stop anywhere.
 */
const STARTS: Record<Family, number[][]> = {
  line: [[]],
  michaelis_menten: [[0.03], [0.3], [1], [3], [30]],
  exponential: [[0.03], [0.3], [1], [3], [30]],
  usl: [
    [0.3, 0.01],
    [1, 0.1],
    [3, 1],
    [0.1, 1],
  ],
};

// The library stops on the size of the error alone, never on lack of progress, so every start runs this long.
// Twenty would suffice.
const MAX_ITERATIONS = 40;

// The search covers seven decades around the highest load. Beyond them numbers grow until the library's
// matrix is singular and it throws.
const FARTHEST = Math.log(1e7);

/** No sweep has less noise than half a percent, so values that agree by luck must not become certainty. */
export const NOISE_FLOOR = 0.005;

/** The smallest sum of squares that is believed for n points. */
const noiseOf = (y: number[]): number => NOISE_FLOOR ** 2 * y.reduce((sum, value) => sum + value * value, 0);

/** The best scale of a family at θ by linear least squares, and the sum of squares that remains. */
function project(
  family: Family,
  theta: readonly number[],
  x: number[],
  y: number[],
): { scale: number; rss: number } {
  const g = x.map(UNSCALED[family](theta));
  const squares = g.reduce((sum, value) => sum + value * value, 0);
  const scale = g.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0) / squares;
  return { scale, rss: g.reduce((sum, value, i) => sum + ((y[i] ?? 0) - scale * value) ** 2, 0) };
}

/**
 * Least squares by Levenberg and Marquardt from several starts. x and y are scaled to 1 and parameters are
 * searched as logarithms, because the library damps all parameters alike. Its default tolerance would stop
 * three digits short of the least squares.
 */
export function fitCurve(family: Family, x: number[], y: number[]): Curve {
  const xMax = Math.max(...x);
  const yMax = Math.max(...y);
  const scaledX = x.map((value) => value / xMax);
  const scaledY = y.map((value) => value / yMax);
  const thetas = STARTS[family].map((start) => {
    if (start.length === 0) return [];
    const theta = start.map((value, i) => value * thetaUnit(family, i, xMax));
    const { scale } = project(family, theta, x, y);
    const result = levenbergMarquardt(
      { x: scaledX, y: scaledY },
      ([logScale = 0, ...logTheta]) => {
        const unit = UNSCALED[family](
          logTheta.map((value, i) => Math.exp(value) * thetaUnit(family, i, xMax)),
        );
        return (at) => Math.exp(logScale) * unit(at * xMax);
      },
      {
        initialValues: [Math.log(Math.max(scale / yMax, 1e-12)), ...start.map(Math.log)],
        minValues: [-FARTHEST, ...start.map(() => -FARTHEST)],
        maxValues: [FARTHEST, ...start.map(() => FARTHEST)],
        damping: 1e-3,
        gradientDifference: 1e-6,
        centralDifference: true,
        maxIterations: MAX_ITERATIONS,
        errorTolerance: 1e-18,
        improvementThreshold: 1e-9,
      },
    );
    return result.parameterValues.slice(1).map((value, i) => Math.exp(value) * thetaUnit(family, i, xMax));
  });
  const candidates = thetas
    .map((theta) => ({ theta, ...project(family, theta, x, y) }))
    .filter((candidate) => Number.isFinite(candidate.rss));
  const best = candidates.reduce(
    (a, b) => (b.rss < a.rss ? b : a),
    candidates[0] ?? { theta: [], scale: 0, rss: Infinity },
  );
  return {
    family,
    scale: best.scale,
    theta: best.theta,
    rss: best.rss,
    r2: rSquared(best.rss, y),
    aicc: aicc(best.rss, best.theta.length, y),
  };
}

/** The curve of a family without its scale. */
export const unscaled = (family: Family, theta: readonly number[]): ((x: number) => number) =>
  UNSCALED[family](theta);

/** The value of a fitted curve at a load. */
export const curveAt = (curve: Curve, x: number): number =>
  curve.scale * unscaled(curve.family, curve.theta)(x);

/** The unit of a parameter: K is in loads, σ in 1/load, κ in 1/load². */
function thetaUnit(family: Family, i: number, xMax: number): number {
  if (family !== "usl") return xMax;
  return i === 0 ? 1 / xMax : 1 / xMax ** 2;
}

function rSquared(rss: number, y: number[]): number | null {
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const total = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return total === 0 ? null : 1 - rss / total;
}

/**
 * Akaike's criterion for small samples (Hurvich and Tsai, 1989). Scale and noise count as parameters too. It
 * is null for too few points.
 */
function aicc(rss: number, thetaCount: number, y: number[]): number | null {
  const n = y.length;
  const k = thetaCount + 2;
  if (n - k - 1 <= 0) return null;
  return n * Math.log(Math.max(rss, noiseOf(y)) / n) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
}
