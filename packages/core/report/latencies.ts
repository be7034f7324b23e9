import type { Reason } from "../codes.ts";
import { coalescedPercent, type Gaps, stallsOf } from "../metric/chunk.ts";
import {
  e2eMs,
  perRequestTokensPerS,
  sendLagMs,
  tpotMs,
  ttfoMs,
  ttftFromDueMs,
  ttftMs,
  userSpeedTokensPerS,
} from "../metric/latency.ts";
import { flaggedSpread, unknownSpread } from "../metric/percentile.ts";
import { quantiles } from "../metric/quantile.ts";
import { dueInWindow, requestPool } from "../metric/run.ts";
import { okRows, type RecordTable, type RequestRow } from "../record/table.ts";
import { chunkIsToken, tokenReasons } from "./counts.ts";
import type { Spread } from "../figure.ts";
import type { Level } from "./schema.ts";
import { spreadOf, type Steady } from "./steady.ts";

type Latencies = Pick<
  Level,
  | "sendLagMs"
  | "ttftMs"
  | "ttftFromDueMs"
  | "ttfoMs"
  | "chunkGapMs"
  | "itlMs"
  | "tpotMs"
  | "e2eMs"
  | "coalescedPercent"
  | "stalls"
  | "ecdf"
>;

/**
 * The latencies of the requests that were due in the windows. Coalescing and stalls are those of the whole
 * level.
 */
export function latenciesOf(
  steady: Steady,
  records: RecordTable,
  gaps: Gaps,
  isOpenLoop: boolean,
): Latencies {
  const ttft = requestPool(steady.runs, ttftMs);
  const chunkGapMs = steady.runs.length === 0 ? unknownSpread(steady.whyNot) : gaps.spread();
  return {
    sendLagMs: spreadOf(steady, sendLagMs),
    ttftMs: steady.runs.length === 0 ? unknownSpread(steady.whyNot) : ttft.spread(),
    ttftFromDueMs: isOpenLoop ? spreadOf(steady, ttftFromDueMs) : null,
    ttfoMs: spreadOf(steady, ttfoMs),
    chunkGapMs,
    itlMs: chunkIsToken(records) ? chunkGapMs : null,
    tpotMs: tpotOf(steady, records),
    e2eMs: spreadOf(steady, e2eMs),
    coalescedPercent: coalescedPercent(gaps),
    stalls: stallsOf(gaps, chunkGapMs.p50.value),
    ecdf:
      gaps.inWindows.length === 0 || ttft.sorted.length === 0
        ? null
        : { ttftMs: quantiles(ttft.sorted), chunkGapMs: quantiles(gaps.inWindows) },
  };
}

/** The TPOT, marked where tokens were estimated. */
export const tpotOf = (steady: Steady, records: RecordTable): Spread =>
  flaggedSpread(spreadOf(steady, tpotMs), ...tpotReasons(records));

/**
 * TPOT takes the first chunk for one token. That is a guess if chunks are not tokens and carry no token
 * counts of their own.
 */
function tpotReasons(records: RecordTable): Reason[] {
  const isKnown = chunkIsToken(records) || saysTokensOfChunks(records);
  return isKnown ? tokenReasons(records) : [...tokenReasons(records), "estimated"];
}

function saysTokensOfChunks(records: RecordTable): boolean {
  for (const { firstChunkTokens } of okRows(records)) if (firstChunkTokens === null) return false;
  return true;
}

/**
 * How fast one user reads, and tokens ÷ E2E. If a request was cut these are unknown: it has no speed, and
 * only the fast requests would be left.
 */
export function speedsOf(
  steady: Steady,
  records: RecordTable,
): Pick<Level, "userSpeedTokensPerS" | "perRequestTokensPerS"> {
  const isCut = steady.runs.some((run) =>
    Iterator.from(dueInWindow(run)).some((request) => request.outcome === "censored"),
  );
  const speeds = (valueOf: (request: RequestRow) => number | null): Spread =>
    isCut ? unknownSpread("censored") : spreadOf(steady, valueOf);
  return {
    userSpeedTokensPerS: flaggedSpread(speeds(userSpeedTokensPerS), ...tpotReasons(records)),
    perRequestTokensPerS: flaggedSpread(speeds(perRequestTokensPerS), ...tokenReasons(records)),
  };
}
