import { z } from "zod";
import {
  concurrencyDemand,
  ConcurrencyLoad,
  concurrencyLoad,
  ConcurrencySpec,
  Users,
} from "./load/concurrency.ts";
import type { Demand } from "./load/demand.ts";
import { rateDemand, RateLoad, rateLoad, RateSpec } from "./load/rate.ts";

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

export const demandOf = (load: Load): Demand =>
  load.kind === "rate" ? rateDemand(load) : concurrencyDemand(load);
