import { z } from "zod";
import {
  type ClosedDemand,
  concurrencyDemand,
  ConcurrencyLoad,
  concurrencyLoad,
  ConcurrencySpec,
  Users,
} from "./load/concurrency.ts";
import { type OpenDemand, rateDemand, RateLoad, rateLoad, RateSpec } from "./load/rate.ts";

/** What a level asks for: users of a closed loop, or requests per second of an open one. */
export const Load = z.discriminatedUnion("kind", [ConcurrencyLoad, RateLoad]);
export type Load = z.infer<typeof Load>;

/** One level as a caller writes it: a number of users, `{concurrency}`, or an open-loop `{rate}`. */
export const LevelSpec = z.union([Users, ConcurrencySpec, RateSpec]);
export type LevelSpec = z.infer<typeof LevelSpec>;

export function loadOf(level: LevelSpec): Load {
  if (typeof level === "number") return concurrencyLoad(level);
  return "rate" in level ? rateLoad(level) : concurrencyLoad(level.concurrency);
}

/**
 * What a load asks, whatever its kind. Code that needs to know something of a load asks its demand, not its
 * kind.
 */
export type Demand = ClosedDemand | OpenDemand;

export const demandOf = (load: Load): Demand =>
  load.kind === "rate" ? rateDemand(load) : concurrencyDemand(load);
