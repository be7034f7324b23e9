import { z } from "zod";
import { arrivalCount } from "./arrival.ts";
import { ArrivalName, ARRIVALS, ASKED, KEPT } from "./arrivals.ts";
import type { AnyDemand } from "./demand.ts";
import type { ScheduleName } from "./schedule.ts";

/** The most requests per second of a level. */
export const RATE_MAX_PER_S = 10_000;

/** A level at a rate, as a caller writes it. */
export const RateSpec = z.strictObject({
  rate: z.number().positive().max(RATE_MAX_PER_S),
  arrival: ArrivalName.optional(),
  ...ASKED,
});
export type RateSpec = z.infer<typeof RateSpec>;

export const RateLoad = z.object({
  kind: z.literal("rate"),
  ratePerS: z.number(),
  arrival: ArrivalName,
  ...KEPT,
});
export type RateLoad = z.infer<typeof RateLoad>;

export const rateLoad = (level: RateSpec): RateLoad => {
  const { rate, arrival = "poisson" } = level;
  return RateLoad.parse({ kind: "rate", ratePerS: rate, arrival, ...ARRIVALS[arrival].keep?.(level) });
};

/** The fields of a level that belong to other patterns than its own. */
export function strayFields(level: RateSpec): { field: string; detail: string }[] {
  const { rate: _, arrival = "poisson", ...own } = level;
  const isOf = (name: ArrivalName, field: string): boolean => field in (ARRIVALS[name].asked ?? {});
  return Object.keys(own)
    .filter((field) => !isOf(arrival, field))
    .map((field) => {
      const of = ArrivalName.options.filter((name) => isOf(name, field));
      const add = of.map((name) => `"arrival": "${name}"`).join(" or ");
      return { field, detail: `is for ${of.join(" and ")} arrivals only: add ${add}, or leave it out` };
    });
}

/** The due times of a whole level, ascending. None is after `durationMs`. */
export const dueTimes = (name: ScheduleName, load: RateLoad, durationMs: number): Generator<number> =>
  ARRIVALS[load.arrival].dueTimes(name, load, durationMs);

/** Requests that come when they are due, whatever is in flight. */
export interface OpenDemand extends AnyDemand<RateLoad> {
  isOpenLoop: true;
  users: null;
  ratePerS: number;
  /**
   * The index of dispersion for long times: the variance of the number of arrivals ÷ that of a Poisson
   * process of the same rate.
   */
  dispersion: number;
}

/** The E2E that is assumed where no warm-up ran. It is that of a short answer. */
const E2E_GUESS_MS = 2000;

export function rateDemand(load: RateLoad): OpenDemand {
  const { ratePerS, arrival } = load;
  return {
    isOpenLoop: true,
    users: null,
    ratePerS,
    value: ratePerS,
    unit: { code: "requestsPerS", one: "requests/s", many: "requests/s", axis: "Requests per second" },
    suffix: `/s ${arrival}`,
    dispersion: ARRIVALS[arrival].dispersion(load),
    // This is Little's law.
    expectedInFlight: (e2eMs) => (ratePerS * (e2eMs ?? E2E_GUESS_MS)) / 1000,
    // n requests at a rate take n ÷ rate seconds.
    stopOf: ({ durationS = null, requests } = {}) => ({
      durationS: requests === undefined ? durationS : Math.min(durationS ?? Infinity, requests / ratePerS),
      requests: null,
    }),
    rampS: () => 0,
    raisedBy: (factor) => ({ ...load, ratePerS: factor * ratePerS }),
    countIn: (durationS) => arrivalCount(ratePerS, 1000 * durationS),
    *schedule(name, { shard, shards }, { durationS }) {
      let index = 0;
      for (const dueMs of dueTimes(name, load, 1000 * (durationS ?? 0))) {
        if (index % shards === shard) yield { index, dueMs };
        index++;
      }
    },
  };
}
