import type { Reason } from "../../codes.ts";
import type { Spread } from "../../figure.ts";
import { coalescedPercent, isBunched } from "../../metric/chunk/bunched.ts";
import { stallsOf } from "../../metric/chunk/chunk.ts";
import {
  closeLagMs as closeLagOf,
  e2eMs,
  isOneArrival,
  sendLagMs,
  tpotMs,
  ttfoMs,
  ttftMs,
} from "../../metric/statistics/latency.ts";
import { flaggedSpread, unknownSpread } from "../../metric/statistics/percentile.ts";
import { quantiles } from "../../metric/statistics/quantile.ts";
import { dueInWindow, requestPool } from "../../metric/window/run.ts";
import { okRows, type RequestRow } from "../../record/columns/table.ts";
import type { Figures } from "../catalogue.ts";
import { chunkIsToken } from "../counts.ts";
import type { Level } from "../schema.ts";
import { clientMakes } from "../validity.ts";
import { byTheClock, byTheClockOfSpan } from "./client.ts";
import { type Formulas, type Measured, ofTokens, once, requestSpread, spreadOf } from "./measured.ts";

/** The latencies are those of the requests that were due in the windows. */
export const LATENCY: Formulas<"latency"> = {
  sendLagMs: (measured) => requestSpread(measured, sendLagMs),
  closeLagMs,
  ttftMs: (measured) =>
    byTheClock(
      measured,
      "ttftMs",
      spreadOf(measured, () => ttftPool(measured).spread()),
    ),
  ttfoMs: (measured) => byTheClock(measured, "ttftMs", requestSpread(measured, ttfoMs)),
  chunkGapMs: (measured) =>
    byTheClock(
      measured,
      "gapMs",
      flaggedSpread(
        spreadOf(measured, () => measured.collected.gaps.spread()),
        ...bunchReasons(measured),
      ),
    ),
  tpotMs: (measured) =>
    byTheClockOfSpan(measured, flaggedSpread(perToken(measured, tpotMs), ...tpotReasons(measured))),
  e2eMs: (measured) => byTheClock(measured, "ttftMs", requestSpread(measured, e2eMs)),
};

/** Where we cut a connection before its body had ended, the lag is only at least so long. */
function closeLagMs(measured: Measured): Spread {
  const lags = requestSpread(measured, closeLagOf);
  if (measured.steady.runs.length > 0 && lags.p50.n === 0) return unknownSpread("not_applicable");
  const isCut = measured.steady.runs.some((run) =>
    Iterator.from(dueInWindow(run)).some(({ closeCut }) => closeCut),
  );
  return isCut ? flaggedSpread(lags, "censored") : lags;
}

const ttftPool = once(({ steady }) => requestPool(steady.runs, ttftMs));

const isTokenAChunk = once(({ records }) => chunkIsToken(records));

/**
 * TPOT takes the first chunk for one token. That is a guess if chunks are not tokens and carry no token
 * counts of their own.
 */
export const tpotReasons = once((measured): Reason[] => {
  const isKnown = isTokenAChunk(measured) || saysTokensOfChunks(measured);
  return [...ofTokens(measured), ...(isKnown ? [] : (["estimated"] as const)), ...bunchReasons(measured)];
});

/** How many answers there are, and how many of them came in one arrival. */
const arrivalsOf = once(({ records }) => {
  let [all, oneArrival] = [0, 0];
  for (const request of okRows(records)) {
    all++;
    if (isOneArrival(request)) oneArrival++;
  }
  return { all, oneArrival };
});

/**
 * Whether output came in bunches. A load generator that reads late by its own clock makes bunches itself, so there
 * it is no sign.
 */
export const isInBunches = once((measured): boolean => {
  const { gaps } = measured.collected;
  if (measured.client !== null && clientMakes(measured.client.gapMs, gaps.spread().p50.value) !== "valid")
    return false;
  return isBunched(gaps, arrivalsOf(measured));
});

/** What flags the times between tokens. */
const bunchReasons = (measured: Measured): Reason[] => (isInBunches(measured) ? ["coalesced"] : []);

/** The distribution of a value that rests on the time between tokens. */
export function perToken(measured: Measured, valueOf: (request: RequestRow) => number | null): Spread {
  const found = requestSpread(measured, valueOf);
  return found.p50.n === 0 && arrivalsOf(measured).oneArrival > 0 ? unknownSpread("coalesced") : found;
}

function saysTokensOfChunks({ records }: Measured): boolean {
  for (const { firstChunkTokens } of okRows(records)) if (firstChunkTokens === null) return false;
  return true;
}

/** What else a level says of its stream. Coalescing and stalls are those of the whole level. */
export function streamOf(
  measured: Measured,
  { chunkGapMs, ttftMs }: Pick<Figures, "chunkGapMs" | "ttftMs">,
): Pick<Level, "itlMs" | "coalescedPercent" | "stalls" | "ecdf"> {
  const { gaps } = measured.collected;
  const ttft = ttftPool(measured);
  return {
    itlMs: isTokenAChunk(measured) ? chunkGapMs : null,
    coalescedPercent: coalescedPercent(gaps),
    stalls: stallsOf(gaps, chunkGapMs.p50.value),
    ecdf:
      gaps.inWindows.length === 0 || ttft.sorted.length === 0 || isWithheld(chunkGapMs) || isWithheld(ttftMs)
        ? null
        : { ttftMs: quantiles(ttft.sorted), chunkGapMs: quantiles(gaps.inWindows) },
  };
}

/** Whether merged chunks leave even the median open, so that a curve would say nothing. */
const isWithheld = ({ p50 }: Spread): boolean => p50.value === null && p50.reasons.includes("client_limited");
