import type { Reason } from "../codes.ts";
import type { LatencyName } from "../record/latencies.ts";
import type { RequestRow } from "../record/columns/table.ts";
import { type Bound, boundsOf, type Judged, type Slo } from "./goodput.ts";
import { neededToTell } from "../math/rank.ts";
import { isWithin } from "./statistics/objective-bound.ts";
import { dueInWindow, type LevelPool, requestPool, type SteadyRun } from "./window/run.ts";

/** What came of one bound of an objective at a level. */
export interface JudgedBound {
  latency: LatencyName;
  boundMs: number;
  /** Whether the percentile lies within the bound. It is null where that is not known, and `reasons` says why. */
  met: boolean | null;
  reasons: Reason[];
  /** How many independent requests judged it, and about how many tell. Null means that no number is known to do. */
  nEff: number;
  nEffNeeded: number | null;
}

/** The value of a request that failed or was cut. It is above every bound. */
const ENDLESS_MS = Number.MAX_VALUE;

/**
 * What came of each bound of the objective over the windows. A failed or cut request counts as endless, and one
 * whose value shows nothing (see `Bound.isUnknown`) may have any. No bound is judged without a window.
 */
export const judgedBounds = (runs: SteadyRun[], slo: Slo, judged: Judged): JudgedBound[] =>
  boundsOf(slo, judged).map((bound) => {
    const found = judgedBound(runs, bound, slo.percentile / 100);
    const isShown = judged.streams || bound.latency === "e2eMs" || found.met !== null;
    return isShown ? found : { ...found, reasons: ["not_streamed"], nEffNeeded: null };
  });

function judgedBound(runs: SteadyRun[], bound: Bound, p: number): JudgedBound {
  const { latency, boundMs } = bound;
  const isAnyUnknown = runs.some((run) => Iterator.from(dueInWindow(run)).some(bound.isUnknown));
  const low = poolOf(runs, bound, 0);
  const high = isAnyUnknown ? poolOf(runs, bound, ENDLESS_MS) : low;
  const nEff = Math.min(low.nEffAt(p), high.nEffAt(p));
  const side = (sorted: Float64Array): boolean | null => isWithin(sorted, p, nEff, boundMs);
  const [atLeast, atMost] = [side(low.ends.low), side(high.ends.high)];
  const met = atLeast === atMost ? atLeast : null;
  const isByNumber = isWithin(low.sorted, p, low.sorted.length, boundMs) !== null;
  const needed = neededToTell(shareBeyond(high.sorted, boundMs), p);
  return {
    latency,
    boundMs,
    met,
    reasons: met === null ? [whyOpen(side(low.sorted), side(high.sorted), isByNumber)] : [],
    nEff,
    nEffNeeded: Number.isFinite(needed) ? needed : null,
  };
}

const poolOf = (runs: SteadyRun[], { valueOf, isUnknown }: Bound, unknownMs: number): LevelPool =>
  requestPool(runs, (request: RequestRow) =>
    request.outcome !== "ok" ? ENDLESS_MS : isUnknown(request) ? unknownMs : valueOf(request),
  );

/**
 * Why a bound is not judged: by requests that show nothing, by too few of them, by enough that wait for one another
 * and are worth too few (`isByNumber`), or else by merged chunks, because the times as they were read would tell.
 */
function whyOpen(low: boolean | null, high: boolean | null, isByNumber: boolean): Reason {
  if (low !== high) return "coalesced";
  if (low !== null) return "client_limited";
  return isByNumber ? "too_correlated" : "too_few";
}

function shareBeyond(sorted: Float64Array, bound: number): number {
  const within = sorted.findLastIndex((value) => value <= bound) + 1;
  return sorted.length === 0 ? 0 : 1 - within / sorted.length;
}

/** Whether the level meets all bounds. One that it misses is enough to miss, and one that is open leaves it open. */
export function sloMet(bounds: Pick<JudgedBound, "met">[]): boolean | null {
  if (bounds.some(({ met }) => met === false)) return false;
  return bounds.length > 0 && bounds.every(({ met }) => met === true) ? true : null;
}
