import type { Reason } from "../../codes.ts";
import type { Spread } from "../../figure.ts";
import { coalescedPercent, createGaps, stallsOf } from "../../metric/chunk.ts";
import { e2eMs, sendLagMs, tpotMs, ttfoMs, ttftMs } from "../../metric/latency.ts";
import { flaggedSpread } from "../../metric/percentile.ts";
import { quantiles } from "../../metric/quantile.ts";
import { requestPool, type SteadyRun } from "../../metric/run.ts";
import { okRows } from "../../record/table.ts";
import type { Figures } from "../catalogue.ts";
import { chunkIsToken } from "../counts.ts";
import type { Level } from "../schema.ts";
import { byTheClock, byTheClockOfSpan } from "./client.ts";
import { type Formulas, type Measured, ofTokens, once, requestSpread, spreadOf } from "./measured.ts";

export const latencyCollectors = (runs: SteadyRun[]) => ({ gaps: createGaps(runs) });

/** The latencies are those of the requests that were due in the windows. */
export const LATENCY: Formulas<"latency"> = {
  sendLagMs: (measured) => requestSpread(measured, sendLagMs),
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
      spreadOf(measured, () => measured.collected.gaps.spread()),
    ),
  tpotMs: (measured) =>
    byTheClockOfSpan(measured, flaggedSpread(requestSpread(measured, tpotMs), ...tpotReasons(measured))),
  e2eMs: (measured) => byTheClock(measured, "ttftMs", requestSpread(measured, e2eMs)),
};

const ttftPool = once(({ steady }) => requestPool(steady.runs, ttftMs));

const isTokenAChunk = once(({ records }) => chunkIsToken(records));

/**
 * TPOT takes the first chunk for one token. That is a guess if chunks are not tokens and carry no token
 * counts of their own.
 */
export const tpotReasons = once((measured): Reason[] => {
  const isKnown = isTokenAChunk(measured) || saysTokensOfChunks(measured);
  return isKnown ? ofTokens(measured) : [...ofTokens(measured), "estimated"];
});

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
