import { NORMAL, studentQuantile } from "../../math/distribution.ts";
import { curveAt, NOISE_FLOOR, unscaled, type Curve } from "./fit.ts";

/**
 * The intervals of a curve with scale V and one further parameter K. Null means that the data do not bound
 * that side.
 */
export interface Profile {
  K: { low: number; high: number | null };
  V: { low: number; high: number | null };
  /** The interval of the curve's own value at a load. */
  at: (load: number) => { low: number; high: number };
}

const INTERVALS = 400;
/** Beyond this many times the highest load a bound means nothing. */
const FARTHEST = 1e4;

/**
 * 95 % profile-likelihood intervals: all K, and all V, for which the best sum of squares stays below its
 * minimum × (1 + t² ÷ (n − 2)). Residuals are those of logarithms, because throughput scatters by a
 * percentage and not by tokens/s; with plain residuals the intervals of K would cover 73 % instead of 95 %.
 * They use Student's t, because χ² covers too little with so few levels. The noise is never taken below half
 * a percent, nor below what the points say of their own: `pointVariance` is the mean of the squares of their relative
 * standard errors. An interval always holds the fitted value.
 */
export function profileOf(curve: Curve, x: number[], y: number[], pointVariance = 0): Profile {
  const degrees = x.length - 2;
  const [nearest, farthest] = [Math.min(...x) / FARTHEST, Math.max(...x) * FARTHEST];
  const fitted = curve.theta[0] ?? farthest;
  const grid = Array.from(
    { length: INTERVALS + 1 },
    (_, i) => nearest * (farthest / nearest) ** (i / INTERVALS),
  );
  const logRss = (K: number): number => project(curve, K, x, y).rss;
  const start = refined(logRss, grid);
  const least = logRss(start);
  const variance = Math.max(least / degrees, NOISE_FLOOR ** 2);
  const limit =
    // The points' own errors rest on many slices each, so they count as known.
    least + Math.max(studentQuantile(0.975, degrees) ** 2 * variance, NORMAL ** 2 * pointVariance);
  const inside = (K: number): boolean => logRss(K) <= limit;
  const low = edge(start, nearest, inside) ?? 0;
  const high = edge(start, farthest, inside);
  const scales = Array.from({ length: INTERVALS + 1 }, (_, i) => {
    const from = Math.max(low, nearest);
    const K = from * ((high ?? farthest) / from) ** (i / INTERVALS);
    const { scale, rss } = project(curve, K, x, y);
    return { K, scale, factor: Math.exp(Math.sqrt(Math.max(0, limit - rss) / x.length)) };
  });
  return {
    K: { low: Math.min(low, fitted), high: high === null ? null : Math.max(high, fitted) },
    V: {
      low: scales.reduce((least, { scale, factor }) => Math.min(least, scale / factor), curve.scale),
      high:
        high === null
          ? null
          : scales.reduce((most, { scale, factor }) => Math.max(most, scale * factor), curve.scale),
    },
    at: (load) => {
      const own = curveAt(curve, load);
      return scales.reduce(
        ({ low: least, high: most }, { K, scale, factor }) => {
          const value = scale * unscaled(curve.family, [K])(load);
          return { low: Math.min(least, value / factor), high: Math.max(most, value * factor) };
        },
        { low: own, high: own },
      );
    },
  };
}

/** The best scale for one K in logarithms, and the sum of squares that remains. */
function project(curve: Curve, K: number, x: number[], y: number[]): { scale: number; rss: number } {
  const unit = unscaled(curve.family, [K]);
  const logs = x.map((at, i) => Math.log((y[i] ?? 0) / unit(at)));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { scale: Math.exp(mean), rss: logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) };
}

/** The K with the smallest value: the best of a grid, then refined by thirds between its neighbours. */
function refined(f: (K: number) => number, grid: number[]): number {
  const best = grid.reduce((a, K, i) => (f(K) < f(grid[a] ?? K) ? i : a), 0);
  let [low, high] = [grid[Math.max(0, best - 1)] ?? 1, grid[Math.min(grid.length - 1, best + 1)] ?? 1];
  for (let i = 0; i < 60; i++) {
    const third = (high / low) ** (1 / 3);
    if (f(low * third) < f(high / third)) high /= third;
    else low *= third;
  }
  return Math.sqrt(low * high);
}

/**
 * The farthest K towards `end` (on a logarithmic scale) that is still inside. It is null if even `end` is.
 */
function edge(start: number, end: number, inside: (K: number) => boolean): number | null {
  const ratio = (end / start) ** (1 / INTERVALS);
  let last = start;
  for (let i = 1; i <= INTERVALS; i++) {
    const next = start * ratio ** i;
    if (!inside(next)) return between(last, next, inside);
    last = next;
  }
  return null;
}

function between(insideAt: number, outsideAt: number, inside: (K: number) => boolean): number {
  let [near, far] = [insideAt, outsideAt];
  for (let i = 0; i < 50; i++) {
    const middle = Math.sqrt(near * far);
    if (inside(middle)) near = middle;
    else far = middle;
  }
  return near;
}
