import { unknown, type Figure } from "../../figure.ts";
import { type Band, bandOf } from "./curve-band.ts";
import { exact, flagged, quotient, scaled } from "../statistics/derive.ts";
import { curveAt, fitCurve, type Curve, type Family } from "./fit.ts";
import { NORMAL } from "../../math/distribution.ts";
import { profileOf, type Profile } from "./profile.ts";
import {
  bestPerUser,
  firstBelow10Percent,
  knee,
  marginalGains,
  stepsOf,
  type LoadPoint,
  type MarginalGain,
} from "./scaling.ts";

type Parameter = "V" | "K" | "lambda" | "sigma" | "kappa" | "slope";

export interface SaturationFit {
  family: Family;
  params: Partial<Record<Parameter, Figure>>;
  r2: number | null;
  aicc: number | null;
}

export interface SaturationResult {
  xUnit: "inFlight" | "ratePerS";
  points: string[];
  fits: SaturationFit[];
  chosen: Family | null;
  /** The interval of the chosen curve at loads from 0 to 1.5 × the highest that was achieved. It is empty without one. */
  band: { load: number; low: number; high: number }[];
  maxTokensPerS: Figure;
  halfLoad: Figure;
  currentPercentOfMax: Figure;
  load95: Figure;
  tokensPerSAt95: Figure;
  nextLoadToTest: number | null;
  marginal: MarginalGain[];
  firstBelow10PercentId: string | null;
  knee: Figure;
  bestPerUserId: string | null;
}

/** A fit needs one degree of freedom beside its two parameters. */
const LEAST_POINTS = 3;
/** From this many levels on several families can be told apart. */
const FAMILIES_FROM = 6;
/** How far beyond the highest achieved load a claim may reach, as a factor. */
export const REACH = 1.5;
const FAMILIES: Family[] = ["line", "michaelis_menten", "usl", "exponential"];

/**
 * Where throughput stops growing. Points are closed-loop levels with the load that they achieved. A
 * Michaelis–Menten curve V·x ÷ (K + x) is fitted to them; from six levels on it is the one of four families
 * with the least AICc. A maximum is claimed only if the upper bound of K stays within 1.5 × the highest load, and if
 * the curve does not rise above what the highest load gave. Otherwise it is null, `not_identified`, and the estimate stands in `fits` alone. Gains are told between loads that
 * grow by `stepFactor` at least.
 */
export function saturation(unordered: LoadPoint[], stepFactor = 1): SaturationResult {
  const points = unordered
    .filter((point) => point.load > 0 && (point.throughput.value ?? 0) > 0)
    .toSorted((a, b) => a.load - b.load);
  const steps = stepsOf(points, stepFactor);
  const marginal = marginalGains(steps);
  const kneeFigure = knee(marginal, steps);
  const fitted = fitAll(points);
  const claims = claimsOf(fitted, points);
  const highestUsers = Math.max(...points.map((point) => point.users));
  const chosen = chosenOf(fitted);
  const isFlat = chosen !== null && overshoots(chosen.curve, points);
  const isSettled = (claims.maxTokensPerS.value !== null || isFlat) && kneeFigure.value !== null;
  return {
    xUnit: "inFlight",
    points: points.map((point) => point.id),
    fits: fitted.map(({ fit }) => fit),
    chosen: chosen?.fit.family ?? null,
    band: bandPoints(chosen?.band ?? null, points),
    ...claims,
    nextLoadToTest: points.length === 0 || isSettled ? null : Math.ceil(REACH * highestUsers),
    marginal,
    firstBelow10PercentId: firstBelow10Percent(marginal),
    knee: kneeFigure,
    bestPerUserId: bestPerUser(points),
  };
}

/**
 * What more requests per second brought in an open loop: the gain from each rate to the next, and where gains
 * end. No curve is fitted, because output follows the offered rate until the endpoint can give no more.
 * `load` of a point is its rate.
 */
export function rateScaling(unordered: LoadPoint[], stepFactor = 1): SaturationResult {
  const points = unordered
    .filter((point) => (point.throughput.value ?? 0) > 0)
    .toSorted((a, b) => a.load - b.load);
  const steps = stepsOf(points, stepFactor);
  const marginal = marginalGains(steps);
  const kneeFigure = knee(marginal, steps);
  const highest = points.at(-1);
  return {
    xUnit: "ratePerS",
    points: points.map((point) => point.id),
    fits: [],
    chosen: null,
    band: [],
    ...noClaims(unknown("not_applicable")),
    nextLoadToTest: highest === undefined || kneeFigure.value !== null ? null : REACH * highest.load,
    marginal,
    firstBelow10PercentId: firstBelow10Percent(marginal),
    knee: kneeFigure,
    bestPerUserId: null,
  };
}

const BAND_STEPS = 45;

function bandPoints(band: Band | null, points: LoadPoint[]): SaturationResult["band"] {
  if (band === null) return [];
  const end = REACH * highestOf(points);
  return Array.from({ length: BAND_STEPS + 1 }, (_, i) => (end * i) / BAND_STEPS).map((load) => ({
    load,
    ...band(load),
  }));
}

interface Fitted {
  fit: SaturationFit;
  curve: Curve;
  profile: Profile | null;
  band: Band | null;
}

function fitAll(points: LoadPoint[]): Fitted[] {
  if (points.length < LEAST_POINTS) return [];
  const x = points.map((point) => point.load);
  const y = points.map((point) => point.throughput.value ?? 0);
  const ownVariance = ownVarianceOf(points.map(({ throughput }) => throughput));
  const families: Family[] = points.length < FAMILIES_FROM ? ["michaelis_menten"] : FAMILIES;
  return families.map((family) => {
    const curve = fitCurve(family, x, y);
    const profile =
      family === "michaelis_menten" || family === "exponential" ? profileOf(curve, x, y, ownVariance) : null;
    return {
      fit: { family, params: paramsOf(curve, profile, points), r2: curve.r2, aicc: curve.aicc },
      curve,
      profile,
      band: profile === null ? bandOf(curve, x, y, ownVariance) : profile.at,
    };
  });
}

/** The mean of the squares of the relative standard errors of those that have an interval. */
function ownVarianceOf(figures: Figure[]): number {
  const squares = figures.flatMap(({ value, low, high }) =>
    value === null || low === null || high === null ? [] : ((high - low) / (2 * NORMAL * value)) ** 2,
  );
  return squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length);
}

const highestOf = (points: LoadPoint[]): number => Math.max(...points.map((point) => point.load));

const isIdentified = (profile: Profile, points: LoadPoint[]): boolean =>
  profile.K.high !== null && profile.K.high <= REACH * highestOf(points);

function paramsOf(
  curve: Curve,
  profile: Profile | null,
  points: LoadPoint[],
): Partial<Record<Parameter, Figure>> {
  const [first = 0, second = 0] = curve.theta;
  const point = (value: number): Figure => modelFigure(value, points.length);
  if (curve.family === "line") return { slope: point(curve.scale) };
  if (curve.family === "usl")
    return { lambda: point(curve.scale), sigma: point(first), kappa: point(second) };
  if (profile === null) return { V: point(curve.scale), K: point(first) };
  const bounded = (value: number, { low, high }: { low: number; high: number | null }): Figure => {
    const figure: Figure = { ...point(value), low, high, method: "profile", validity: "valid", reasons: [] };
    return isIdentified(profile, points) ? figure : flagged(figure, "not_identified");
  };
  return { V: bounded(curve.scale, profile.V), K: bounded(first, profile.K) };
}

function modelFigure(value: number, n: number): Figure {
  return flagged(
    { value, low: null, high: null, n, nEff: null, method: "model", validity: "valid", reasons: [] },
    "no_interval",
  );
}

/**
 * The curve with the least AICc, or with the smaller residual if noise makes two of them equal. Below six
 * levels there is only one.
 */
function chosenOf(fitted: Fitted[]): Fitted | null {
  const [best] = fitted.toSorted(
    (a, b) => (a.curve.aicc ?? 0) - (b.curve.aicc ?? 0) || a.curve.rss - b.curve.rss,
  );
  return best ?? null;
}

/** How many times what the highest load gave at most. */
const OVERSHOOT = 1.02;

/**
 * Whether a curve lies above what the highest load gave. Output stops growing at once where the batch or the KV cache
 * is full, and no family has such a bend, so the curve's maximum is none of the endpoint's.
 */
function overshoots(curve: Curve, points: LoadPoint[]): boolean {
  const highest = points.at(-1);
  const most = highest?.throughput.high ?? null;
  return highest !== undefined && most !== null && curveAt(curve, highest.load) > OVERSHOOT * most;
}

type Claims = Pick<
  SaturationResult,
  "maxTokensPerS" | "halfLoad" | "currentPercentOfMax" | "load95" | "tokensPerSAt95"
>;

const noClaims = (figure: Figure): Claims => ({
  maxTokensPerS: figure,
  halfLoad: figure,
  currentPercentOfMax: figure,
  load95: figure,
  tokensPerSAt95: figure,
});

function claimsOf(fitted: Fitted[], points: LoadPoint[]): Claims {
  const chosen = chosenOf(fitted);
  if (chosen === null) return noClaims(unknown("too_few_levels"));
  const { curve, profile, fit } = chosen;
  if (curve.family === "usl") return uslClaims(curve, points);
  const { V, K } = fit.params;
  if (profile === null || V === undefined || K === undefined || !isIdentified(profile, points))
    return noClaims(unknown("not_identified"));
  if (overshoots(curve, points)) return noClaims(unknown("not_identified"));
  const loadOf = (share: number): number => LOAD_AT[curve.family](share);
  const load95 = within(scaled(K, loadOf(0.95)), points);
  return {
    maxTokensPerS: V,
    halfLoad: within(scaled(K, loadOf(0.5)), points),
    currentPercentOfMax: quotient(best(points), V, 100),
    load95,
    tokensPerSAt95: load95.value === null ? load95 : flagged(scaled(V, 0.95), ...load95.reasons),
  };
}

/** The load, in units of K, at which a share of the maximum is reached. For 95 % it is 19·K and 3.0·K. */
const LOAD_AT: Record<Family, (share: number) => number> = {
  michaelis_menten: (share) => share / (1 - share),
  exponential: (share) => -Math.log(1 - share),
  line: () => Infinity,
  usl: () => Infinity,
};

/**
 * Claims a load up to the highest achieved one, marks it as extrapolated up to 1.5 times that, and gives null
 * beyond.
 */
function within(load: Figure, points: LoadPoint[]): Figure {
  if (load.value === null || load.value > REACH * highestOf(points)) return unknown("extrapolated");
  return load.value > highestOf(points) ? flagged(load, "extrapolated") : load;
}

const best = (points: LoadPoint[]): Figure =>
  points.reduce(
    (a, b) => ((b.throughput.value ?? 0) > (a.value ?? 0) ? b.throughput : a),
    exact(0, points.length),
  );

/**
 * A curve that falls again has its maximum at x = √((1 − σ) ÷ κ), which takes the place of the 95 % point.
 */
function uslClaims(curve: Curve, points: LoadPoint[]): Claims {
  const [sigma = 0, kappa = 0] = curve.theta;
  const peak = kappa > 0 && sigma < 1 ? Math.sqrt((1 - sigma) / kappa) : Infinity;
  if (peak > REACH * highestOf(points)) return noClaims(unknown("not_identified"));
  const load = within(modelFigure(peak, points.length), points);
  const maximum = flagged(modelFigure(curveAt(curve, peak), points.length), ...load.reasons);
  return {
    maxTokensPerS: maximum,
    halfLoad: unknown("not_applicable"),
    currentPercentOfMax: quotient(best(points), maximum, 100),
    load95: load,
    tokensPerSAt95: maximum,
  };
}

/** The word for a fit's R². */
export function qualityWord(r2: number): "excellent" | "good" | "fair" | "poor" {
  if (r2 >= 0.99) return "excellent";
  if (r2 >= 0.95) return "good";
  return r2 >= 0.85 ? "fair" : "poor";
}
