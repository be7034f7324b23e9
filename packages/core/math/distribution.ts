import { gammaln } from "simple-statistics";

// The fraction needs about √max(a, b) terms, so these are enough for ten million values.
const MAX_TERMS = 20_000;
const TINY = 1e-300;
const notZero = (x: number): number => (Math.abs(x) < TINY ? TINY : x);

/** P(Beta(a, b) ≤ x), by Lentz' continued fraction (Press et al., Numerical Recipes, 6.4). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  const multiply = (term: number): number => {
    d = 1 / notZero(1 + term * d);
    c = notZero(1 + term / c);
    fraction *= c * d;
    return c * d;
  };
  for (let m = 1; m < MAX_TERMS; m++) {
    multiply((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    const change = multiply((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)));
    if (Math.abs(change - 1) < 1e-13) break;
  }
  return front * fraction;
}

/** P(at least `successes` of `n` independent trials succeed), where each succeeds with probability `p`. */
export function atLeast(successes: number, n: number, p: number): number {
  if (successes <= 0) return 1;
  if (successes > n) return 0;
  return betaCdf(p, successes, n - successes + 1);
}

/** 97.5 % of normal values lie below this many standard deviations. */
export const NORMAL = 1.96;

/** P(T ≤ t) of Student's t. */
function studentCdf(t: number, degrees: number): number {
  const tail = betaCdf(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** P(|T| ≥ |t|) of Student's t. */
export const studentTails = (t: number, degrees: number): number =>
  betaCdf(degrees / (degrees + t * t), degrees / 2, 0.5);

/** P(F ≥ f) of a ratio of two estimates of one variance, of so many degrees of freedom each (Fisher's F). */
export const ratioTail = (f: number, above: number, below: number): number =>
  betaCdf(below / (below + above * f), below / 2, above / 2);

/** The quantile of Student's t: the t below which a share `p` (0.5 to 0.9999) lies, found by bisection. */
export function studentQuantile(p: number, degrees: number): number {
  let low = 0;
  let high = 10_000;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The 95 % interval of a share of `n` independent trials, which need not be a whole number (Clopper and Pearson, The
 * Use of Confidence or Fiducial Limits, Biometrika 26, 1934): it never leaves 0 to 1, and is wide where all succeed.
 */
export function shareInterval(share: number, n: number): { low: number; high: number } {
  const successes = share * n;
  return {
    low: successes === 0 ? 0 : betaQuantile(0.025, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(0.975, successes + 1, n - successes),
  };
}

function betaQuantile(p: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
