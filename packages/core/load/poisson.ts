import type { ArrivalPattern } from "./arrival.ts";
import { dueByGaps, exponentialFrom } from "./gaps.ts";

/** Gaps are exponential with mean 1 / rate, as those of very many callers who know nothing of one another. */
export const poisson: ArrivalPattern = {
  dispersion: () => 1,
  dueTimes: (name, { ratePerS }, durationMs) => dueByGaps(name, ratePerS, durationMs, exponentialFrom),
};
