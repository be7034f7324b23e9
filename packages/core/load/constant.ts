import { arrivalCount, type ArrivalPattern } from "./arrival.ts";

/** One request comes every 1 / rate s, the first at T0. */
export const constant: ArrivalPattern = {
  dispersion: () => 0,
  *dueTimes(_name, { ratePerS }, durationMs) {
    const count = arrivalCount(ratePerS, durationMs);
    for (let index = 0; index < count; index++) yield (1000 * index) / ratePerS;
  },
};
