import { z } from "zod";
import { Reason } from "./codes.ts";

export const Validity = z.enum(["valid", "indicative", "invalid"]);
export type Validity = z.infer<typeof Validity>;

export const FigureMethod = z.enum([
  "order_statistic",
  "batch_means",
  "between_runs",
  "profile",
  "counter",
  "integral",
  "model",
  "none",
]);
export type FigureMethod = z.infer<typeof FigureMethod>;

/**
 * One number with its 95 % interval. A `value` of null means unknown, and `reasons` says why; if `low` is set
 * then, it reads "at least low". Otherwise low <= value <= high, as far as they are known. What merged chunks leave
 * open is in the interval, with the reason `client_limited`. A value that is `invalid` must not be used.
 */
export const Figure = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.number(),
  nEff: z.number().nullable(),
  method: FigureMethod,
  validity: Validity,
  reasons: z.array(Reason),
});
export type Figure = z.infer<typeof Figure>;

/** A distribution as the figures that a reader asks for. */
export const Spread = z.object({
  mean: Figure,
  p50: Figure,
  p90: Figure,
  p95: Figure,
  p99: Figure,
  p999: Figure,
  max: z.number().nullable(),
});
export type Spread = z.infer<typeof Spread>;

/** An unknown figure: its value is null, and the reasons say why. */
export function unknown(...reasons: Reason[]): Figure {
  return {
    value: null,
    low: null,
    high: null,
    n: 0,
    nEff: null,
    method: "none",
    validity: "invalid",
    reasons,
  };
}
