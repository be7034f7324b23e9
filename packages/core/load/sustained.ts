import type { OpenDemand } from "./rate.ts";

/** A rate is sustained if at least this share of what is offered completes. */
export const SUSTAINED = 0.98;

/**
 * A request that ends in a window may have been due up to one latency before it, and as many that are due in it end
 * after it. In a random stream the two numbers differ by chance. This is two standard deviations of the difference, in
 * requests, over so many windows of the same length.
 */
export function edgeNoise(
  { dispersion, ratePerS }: Pick<OpenDemand, "dispersion" | "ratePerS">,
  { windowS, e2eS, windows }: { windowS: number; e2eS: number; windows: number },
): number {
  return 2 * Math.sqrt(dispersion * 2 * windows * ratePerS * Math.min(windowS, e2eS));
}
