import type { Reason } from "../codes.ts";
import { unknownSpread } from "../metric/percentile.ts";
import { requestPool, type Run, type SteadyRun, steadyRuns } from "../metric/run.ts";
import { countOf, okRows, type RecordTable, type RequestRow } from "../record/table.ts";
import { unknown, type Figure, type Spread } from "../figure.ts";

/** The runs of a level that have a steady window, and the reason that figures carry if none has. */
export interface Steady {
  runs: SteadyRun[];
  whyNot: Reason;
}

/** The steady runs among these, whose records are `records`. */
export const steadyOf = (runs: Run[], records: RecordTable): Steady => ({
  runs: steadyRuns(runs),
  whyNot: countOf(okRows(records)) === 0 ? "too_few" : "too_short",
});

/** A figure over the windows. */
export const figureOf = (steady: Steady, of: (runs: SteadyRun[]) => Figure): Figure =>
  steady.runs.length === 0 ? unknown(steady.whyNot) : of(steady.runs);

/** The distribution over the windows of one value per request. */
export const spreadOf = (steady: Steady, valueOf: (request: RequestRow) => number | null): Spread =>
  steady.runs.length === 0 ? unknownSpread(steady.whyNot) : requestPool(steady.runs, valueOf).spread();
