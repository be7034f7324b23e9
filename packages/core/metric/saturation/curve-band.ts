import { NORMAL, studentQuantile } from "../../math/distribution.ts";
import { curveAt, type Curve, NOISE_FLOOR, unscaled } from "./fit.ts";

/** The interval of a curve's own value at a load. */
export type Band = (load: number) => { low: number; high: number };

/** Steps of each parameter of the law: from hardly any of it to so many times what halves the output at the highest load. */
const COARSE = { steps: 40, least: 1e-4, most: 100 };
/** Steps of each where curves of the band were found. */
const FINE = 32;

/**
 * The 95 % band of a straight line, or of the Universal Scalability Law: at each load all values of curves of the family
 * whose sum of squares stays below the least one × (1 + t² ÷ (n − parameters)), as `profileOf` takes it for curves of
 * one parameter beside their scale: in logarithms, with the same least noise. The two parameters of the law are
 * searched on a grid of logarithms. It holds the fitted curve, and is null with too few points.
 */
export function bandOf(curve: Curve, x: number[], y: number[], pointVariance: number): Band | null {
  const degrees = x.length - curve.theta.length - 1;
  if (degrees < 1) return null;
  const shapeOf = (theta: Theta): Shape => {
    const unit = unscaled(curve.family, theta);
    const logs = x.map((at, i) => Math.log((y[i] ?? 0) / unit(at)));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    return { theta, unit, scale: Math.exp(mean), rss: logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) };
  };
  const limitOf = (shapes: Shape[]): number => {
    const least = Math.min(...shapes.map(({ rss }) => rss));
    const variance = Math.max(least / degrees, NOISE_FLOOR ** 2);
    return least + Math.max(studentQuantile(0.975, degrees) ** 2 * variance, NORMAL ** 2 * pointVariance);
  };
  const known = ({ rss }: Shape): boolean => Number.isFinite(rss);
  let shapes = [shapeOf(curve.theta)].filter(known);
  if (curve.family === "usl") {
    const coarse = coarseGrid(Math.max(...x))
      .map(shapeOf)
      .filter(known);
    const near = limitOf([...shapes, ...coarse]);
    const best = coarse.toSorted((a, b) => a.rss - b.rss).filter(({ rss }, i) => i < NEAREST || rss <= near);
    shapes = [
      ...shapes,
      ...fineGrid(best.map(({ theta }) => theta))
        .map(shapeOf)
        .filter(known),
    ];
  }
  const limit = limitOf(shapes);
  const inside = shapes
    .filter(({ rss }) => rss <= limit)
    .map(({ unit, scale, rss }) => ({ unit, scale, factor: Math.exp(Math.sqrt((limit - rss) / x.length)) }));
  return (load) => {
    const own = curveAt(curve, load);
    return inside.reduce(
      ({ low, high }, { unit, scale, factor }) => {
        const value = scale * unit(load);
        return { low: Math.min(low, value / factor), high: Math.max(high, value * factor) };
      },
      { low: own, high: own },
    );
  };
}

type Theta = readonly number[];
interface Shape {
  theta: Theta;
  unit: (load: number) => number;
  scale: number;
  rss: number;
}

/** The best of the coarse grid show where to look more closely, also where none of them is good enough. */
const NEAREST = 4;

const between = (least: number, most: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => least * (most / least) ** (i / (steps - 1)));

/** From σ = 1 on the law has no positive output at small loads. */
const gridOf = (sigmas: number[], kappas: number[]): Theta[] =>
  sigmas.filter((sigma) => sigma < 1).flatMap((sigma) => kappas.map((kappa) => [sigma, kappa]));

function coarseGrid(xMax: number): Theta[] {
  const steps = [0, ...between(COARSE.least, COARSE.most, COARSE.steps)];
  return gridOf(
    steps.map((step) => step / xMax),
    steps.map((step) => step / xMax ** 2),
  );
}

/** A grid over the place of some θ, and one coarse step further on each side. */
function fineGrid(thetas: Theta[]): Theta[] {
  const step = (COARSE.most / COARSE.least) ** (1 / (COARSE.steps - 1));
  const around = (values: number[]): number[] => {
    const some = values.filter((value) => value > 0);
    if (some.length === 0) return [0];
    const fine = between(Math.min(...some) / step, Math.max(...some) * step, FINE);
    return values.includes(0) ? [0, ...fine] : fine;
  };
  return gridOf(around(thetas.map(([sigma = 0]) => sigma)), around(thetas.map(([, kappa = 0]) => kappa)));
}
