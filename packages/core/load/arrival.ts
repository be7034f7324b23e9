import type { z } from "zod";
import type { ScheduleName } from "./schedule.ts";

/**
 * How requests come at a rate. Each pattern has one file, and a line in `arrivals.ts`. `Own` are its own
 * fields of a load.
 *
 * A level always brings the number of requests that its rate says (`arrivalCount`). Otherwise a short level
 * at 10/s would by chance be one at 9/s or 11/s.
 */
export interface ArrivalPattern<Own = unknown> {
  /** Its own fields of a level, as a caller may write them. Each is optional. */
  asked?: z.ZodRawShape;
  /**
   * These fields as a load keeps them. Each is null by default, which is how the loads of other patterns have
   * it.
   */
  kept?: z.ZodRawShape;
  /** The fields to keep of a level as asked. */
  keep?(level: object): object;
  /** See `OpenDemand`. */
  dispersion(load: Own): number;
  /** The due times of a whole level, ascending. None is after `durationMs`. */
  dueTimes(name: ScheduleName, load: Own & { ratePerS: number }, durationMs: number): Generator<number>;
}

/** The number of requests that a rate brings in a time. It is whole and at least one. */
export const arrivalCount = (ratePerS: number, durationMs: number): number =>
  Math.max(1, Math.round((ratePerS * durationMs) / 1000));
