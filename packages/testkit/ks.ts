/** The largest distance between the distribution of some values and a true one (Kolmogorov–Smirnov's D). */
export function distance(values: number[], cdf: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.reduce(
    (most, x, at) =>
      Math.max(most, Math.abs(cdf(x) - at / sorted.length), Math.abs(cdf(x) - (at + 1) / sorted.length)),
    0,
  );
}

/**
 * The critical distance, 1.628 ÷ √n. Values that come from the true distribution are further away once in a
 * hundred tries.
 */
export const criticalDistance = (n: number): number => 1.628 / Math.sqrt(n);

/** The distance of values from a distribution ÷ its critical value: below 1 where they may well come from it. */
export const fits = (values: number[], cdf: (x: number) => number): number =>
  distance(values, cdf) / criticalDistance(values.length);

/** P(gap ≤ x) where gaps are exponential. */
export const exponentialCdf =
  (mean: number) =>
  (x: number): number =>
    1 - Math.exp(-x / mean);

/**
 * P(gap ≤ x) where gaps are gamma of shape ½: with t = shape × x ÷ mean, it is √t · e^-t ÷ Γ(3⁄2) × Σ t^k ÷
 * (3⁄2 · 5⁄2 · … k terms) (Abramowitz and Stegun 6.5.29). Beyond t = 40 it is 1 to 17 digits.
 */
export const halfGammaCdf =
  (mean: number) =>
  (x: number): number => {
    const t = (0.5 * x) / mean;
    if (t > 40) return 1;
    let term = 1;
    let sum = 1;
    for (let k = 1.5; term > 1e-17 * sum; k++) {
      term *= t / k;
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.sqrt(t) * Math.exp(-t) * sum;
  };
