import type { RequestRow } from "../record/table.ts";
import type { JobSpec } from "../job/spec.ts";
import type { Figure } from "../figure.ts";
import { scaled } from "./derive.ts";
import { e2eMs, tpotMs, ttftFromDueMs, ttftMs } from "./latency.ts";
import { cellAt, meanOf, sliceMs } from "./mean.ts";
import { dueInWindow, emptyShares, requestPool, type SteadyRun } from "./run.ts";

export type Slo = NonNullable<JobSpec["slo"]>;

/** Of a request that failed or was cut: longer than any limit, and known to be. */
const ENDLESS_MS = Number.MAX_VALUE;

type Limit = { limitMs: number; valueOf: (request: RequestRow) => number | null };

/** What an objective judges: TTFT from due in an open loop, where our own queue must not hide a slow endpoint, else from sent. */
function limitsOf(slo: Slo, isOpenLoop: boolean): Limit[] {
  const limits = [
    { limitMs: slo.ttftMs, valueOf: isOpenLoop ? ttftFromDueMs : ttftMs },
    { limitMs: slo.tpotMs, valueOf: tpotMs },
    { limitMs: slo.e2eMs, valueOf: e2eMs },
  ];
  return limits.flatMap((limit) =>
    limit.limitMs === undefined ? [] : [{ limitMs: limit.limitMs, valueOf: limit.valueOf }],
  );
}

/** Whether a request ended well within every limit. One of a single token has no TPOT and cannot miss it. */
const isGood = (request: RequestRow, limits: Limit[]): boolean =>
  request.outcome === "ok" && limits.every((limit) => (limit.valueOf(request) ?? 0) <= limit.limitMs);

/** Requests due in the windows that met every limit: per second of window, and in percent of all due (failed and cut ones are not good). */
export function goodput(
  runs: SteadyRun[],
  slo: Slo,
  isOpenLoop: boolean,
): { requestsPerS: Figure; percent: Figure } {
  const limits = limitsOf(slo, isOpenLoop);
  let due = 0;
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    for (const request of dueInWindow(run)) {
      const share = slices[cellAt(request.dueMs, run.window)];
      if (share === undefined) continue;
      due++;
      share.weight++;
      if (isGood(request, limits)) share.sum++;
    }
    return slices;
  });
  const perS = runs.map((run, i) =>
    (shares[i] ?? []).map(({ sum }) => ({ sum, weight: sliceMs(run.window) / 1000 })),
  );
  return { requestsPerS: meanOf(perS, due), percent: capped(scaled(meanOf(shares, due), 100)) };
}

/** A share's interval cannot leave 0 to 100 %. */
const capped = (figure: Figure): Figure => ({
  ...figure,
  low: figure.low === null ? null : Math.max(0, figure.low),
  high: figure.high === null ? null : Math.min(100, figure.high),
});

/**
 * Whether the level meets its objective: the asked percentile of every limited latency is within its limit, where a failed or cut
 * request counts as endless. Null where too few requests leave it open, and without a window.
 */
export function sloMet(runs: SteadyRun[], slo: Slo, isOpenLoop: boolean): boolean | null {
  if (runs.length === 0) return null;
  const verdicts = limitsOf(slo, isOpenLoop).map(({ limitMs, valueOf }) => {
    const pool = requestPool(runs, (request) => (request.outcome === "ok" ? valueOf(request) : ENDLESS_MS));
    return isWithin(pool.percentile(slo.percentile / 100), limitMs);
  });
  if (verdicts.some((verdict) => verdict === false)) return false;
  return verdicts.every((verdict) => verdict === true) ? true : null;
}

function isWithin(figure: Figure, limitMs: number): boolean | null {
  if (figure.value !== null) return figure.value <= limitMs;
  return figure.low !== null && figure.low > limitMs ? false : null;
}
