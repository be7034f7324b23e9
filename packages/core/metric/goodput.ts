import type { Reason } from "../codes.ts";
import type { RequestRow } from "../record/columns/table.ts";
import type { JobSpec } from "../job/spec/spec.ts";
import { type Figure, unknown } from "../figure.ts";
import { scaled } from "./statistics/derive.ts";
import { LATENCIES, type LatencyName } from "../record/latencies.ts";
import {
  e2eMs,
  isOneArrival,
  type TimedRequest,
  tpotMs,
  ttftFromDueMs,
  ttftMs,
} from "./statistics/latency.ts";
import { bounded, type End, isOpen, valueAt } from "./statistics/bounds.ts";
import { effectiveSizeOfShare } from "../math/effective-size.ts";
import { shareInterval } from "../math/distribution.ts";
import { asParts, cellAt, meanOf, type Share, sliceMs } from "./statistics/mean.ts";
import { dueInWindow, emptyShares, type SteadyRun } from "./window/run.ts";

export type Slo = NonNullable<JobSpec["slo"]>;

type LatencyOf = (request: TimedRequest) => number | null;
/** What an objective asks of one latency. */
export interface Bound {
  latency: LatencyName;
  boundMs: number;
  valueOf: (request: RequestRow) => number | null;
  /** Whether a request that has no value might have missed the bound. */
  isUnknown: (request: RequestRow) => boolean;
}

/**
 * What an objective judges. In an open loop TTFT counts from due, because our own queue must not hide a slow
 * endpoint. Otherwise it counts from sent.
 */
export const judgedLatencies = (isOpenLoop: boolean): Record<LatencyName, LatencyOf> => ({
  ttftMs: isOpenLoop ? ttftFromDueMs : ttftMs,
  tpotMs,
  e2eMs,
});

/** How a level was asked, and how its output came. */
export interface Judged {
  isOpenLoop: boolean;
  /** Whether answers are streams of tokens. In one piece they have no latency but E2E. */
  streams: boolean;
  /** Whether its output came in bunches, so that no TPOT shows what the endpoint does. */
  isBunched: boolean;
}

export function boundsOf(slo: Slo, { isOpenLoop, streams, isBunched }: Judged): Bound[] {
  const latencies = judgedLatencies(isOpenLoop);
  return LATENCIES.flatMap((name): Bound[] => {
    const boundMs = slo[name];
    if (boundMs === undefined) return [];
    // Then only failures show that the bound was missed.
    if (!streams && name !== "e2eMs")
      return [{ latency: name, boundMs, valueOf: () => 0, isUnknown: () => true }];
    if (name !== "tpotMs")
      return [{ latency: name, boundMs, valueOf: latencies[name], isUnknown: () => false }];
    if (isBunched) return [{ latency: name, boundMs, valueOf: () => 0, isUnknown: () => true }];
    return [{ latency: name, boundMs, valueOf: latencies[name], isUnknown: isOneArrival }];
  });
}

/**
 * Whether a request ended ok and within every bound. One of a single token has no TPOT and cannot miss it. One whose
 * tokens came at once does not show that it met it.
 */
const isGood = (request: RequestRow, bounds: Bound[]): boolean =>
  request.outcome === "ok" &&
  bounds.every((bound) => (bound.valueOf(request) ?? 0) <= bound.boundMs && !bound.isUnknown(request));

/**
 * The requests due in the windows that met every bound: per second of window, and in percent of all that were
 * due. Failed and cut ones are not good. A request of which merged chunks leave open whether it met them makes
 * both less certain. Where output came in bunches, nothing is known of a bound on TPOT.
 */
export function goodput(
  runs: SteadyRun[],
  slo: Slo,
  judged: Judged,
): { requestsPerS: Figure; percent: Figure } {
  const neverShown = whyNeverShown(slo, judged);
  if (neverShown !== null) return { requestsPerS: unknown(neverShown), percent: unknown(neverShown) };
  const bounds = boundsOf(slo, judged);
  const counted = countGood(runs, bounds);
  if (!counted.isOpen) return counted;
  const low = countGood(runs, boundsAt(bounds, "high"));
  const high = countGood(runs, boundsAt(bounds, "low"));
  return {
    requestsPerS: bounded(counted.requestsPerS, low.requestsPerS, high.requestsPerS),
    percent: bounded(counted.percent, low.percent, high.percent),
  };
}

/** Why no request can show that it met every bound. It is null where one can. */
function whyNeverShown(slo: Slo, { streams, isBunched }: Judged): Reason | null {
  if (!streams && (slo.ttftMs ?? slo.tpotMs) !== undefined) return "not_streamed";
  return isBunched && slo.tpotMs !== undefined ? "coalesced" : null;
}

/** The bounds, judging each latency as low, or as high, as merged chunks let it be. */
const boundsAt = (bounds: Bound[], end: End): Bound[] =>
  bounds.map((bound) => ({ ...bound, valueOf: valueAt(bound.valueOf, end) }));

/** `isOpen` says whether merged chunks lie in one of the requests. */
function countGood(
  runs: SteadyRun[],
  bounds: Bound[],
): { requestsPerS: Figure; percent: Figure; isOpen: boolean } {
  let due = 0;
  let isAnyOpen = false;
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    for (const request of dueInWindow(run)) {
      const share = slices[cellAt(request.dueMs, run.window)];
      if (share === undefined) continue;
      due++;
      share.weight++;
      if (isGood(request, bounds)) share.sum++;
      isAnyOpen ||= isOpen(request);
    }
    return slices;
  });
  const perS = runs.map((run, i) =>
    (shares[i] ?? []).map((share) => ({ ...share, weight: sliceMs(run.window) / 1000 })),
  );
  return {
    requestsPerS: meanOf(perS, due, asParts(runs)),
    percent: percentOf(shares, due, asParts(runs)),
    isOpen: isAnyOpen,
  };
}

/** Of one run the interval is that of as many independent requests as the due ones are worth for their share. */
function percentOf(runs: Share[][], due: number, parts: { parts: boolean }): Figure {
  const mean = meanOf(runs, due, parts);
  const slices = runs.flat();
  if (mean.value === null || mean.method !== "batch_means") return withinPercent(scaled(mean, 100));
  const nEff = effectiveSizeOfShare(
    slices.map(({ sum }) => sum),
    slices.map(({ weight }) => weight),
  );
  return scaled({ ...mean, ...shareInterval(mean.value, nEff), nEff }, 100);
}

/** The interval of a share cannot leave 0 to 100 %. */
const withinPercent = (figure: Figure): Figure => ({
  ...figure,
  low: figure.low === null ? null : Math.max(0, figure.low),
  high: figure.high === null ? null : Math.min(100, figure.high),
});
