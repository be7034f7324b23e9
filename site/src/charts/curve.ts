import type { Fit } from "@brimline/core/report/schema";

/**
 * The fitted output at a load, by family: line slope·x; Michaelis–Menten V·x/(K+x); Universal Scalability Law
 * λx/(1+σ(x−1)+κx(x−1)); exponential V(1−e^(−x/K)). It is null when a parameter is not known.
 */
export function curveOf(fit: Fit): ((load: number) => number) | null {
  const of = (name: keyof Fit["params"]): number | null => fit.params[name]?.value ?? null;
  const [V, K, lambda, sigma, kappa, slope] = [
    of("V"),
    of("K"),
    of("lambda"),
    of("sigma"),
    of("kappa"),
    of("slope"),
  ];
  if (fit.family === "line") return slope === null ? null : (x) => slope * x;
  if (fit.family === "usl")
    return lambda === null || sigma === null || kappa === null
      ? null
      : (x) => (lambda * x) / (1 + sigma * (x - 1) + kappa * x * (x - 1));
  if (V === null || K === null) return null;
  return fit.family === "michaelis_menten" ? (x) => (V * x) / (K + x) : (x) => V * (1 - Math.exp(-x / K));
}

/** The chosen fit. If none was chosen, it is the first one that can be drawn. */
export function drawnFit(
  fits: Fit[],
  chosen: Fit["family"] | null,
): { fit: Fit; curve: (load: number) => number } | null {
  const ordered = fits.toSorted((a, b) => Number(b.family === chosen) - Number(a.family === chosen));
  for (const fit of ordered) {
    const curve = curveOf(fit);
    if (curve !== null) return { fit, curve };
  }
  return null;
}
