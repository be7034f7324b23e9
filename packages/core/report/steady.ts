import type { Reason } from "../codes.ts";
import { unknownSpread } from "../metric/percentile.ts";
import { requestPool, type SteadyRun } from "../metric/run.ts";
import type { RequestRow } from "../record/table.ts";
import { unknown, type Figure, type Spread } from "../figure.ts";

/** The runs of a level that have a steady window, and the reason that figures carry if none has. */
export interface Steady {
  runs: SteadyRun[];
  whyNot: Reason;
}

/** A figure over the windows. */
export const figureOf = (steady: Steady, of: (runs: SteadyRun[]) => Figure): Figure =>
  steady.runs.length === 0 ? unknown(steady.whyNot) : of(steady.runs);

/** The distribution over the windows of one value per request. */
export const spreadOf = (steady: Steady, valueOf: (request: RequestRow) => number | null): Spread =>
  steady.runs.length === 0 ? unknownSpread(steady.whyNot) : requestPool(steady.runs, valueOf).spread;
