import type { Reason } from "../codes.ts";
import { coalescedPercent, stallsOf } from "../metric/chunk.ts";
import { e2eMs, perRequestTokensPerS, sendLagMs, tpotMs, ttfoMs, ttftFromDueMs, ttftMs, userSpeedTokensPerS } from "../metric/latency.ts";
import { flaggedSpread, quantiles, unknownSpread } from "../metric/percentile.ts";
import { dueInWindow, gapPool, requestPool } from "../metric/run.ts";
import type { RequestRecord } from "../record/record.ts";
import { chunkIsToken, tokenReasons } from "./counts.ts";
import type { Spread } from "./figure.ts";
import type { Level } from "./schema.ts";
import { spreadOf, type Steady } from "./steady.ts";

type Latencies = Pick<
  Level,
  "sendLagMs" | "ttftMs" | "ttftFromDueMs" | "ttfoMs" | "chunkGapMs" | "itlMs" | "tpotMs" | "e2eMs" | "coalescedPercent" | "stalls" | "ecdf"
>;

/** Latencies of the requests due in the windows; coalescing and stalls over the whole level. */
export function latenciesOf(steady: Steady, records: RequestRecord[], isOpenLoop: boolean): Latencies {
  const ok = records.filter((record) => record.outcome === "ok");
  const gaps = gapPool(steady.runs);
  const ttft = requestPool(steady.runs, ttftMs);
  const chunkGapMs = steady.runs.length === 0 ? unknownSpread(steady.whyNot) : gaps.spread;
  return {
    sendLagMs: spreadOf(steady, sendLagMs),
    ttftMs: steady.runs.length === 0 ? unknownSpread(steady.whyNot) : ttft.spread,
    ttftFromDueMs: isOpenLoop ? spreadOf(steady, ttftFromDueMs) : null,
    ttfoMs: spreadOf(steady, ttfoMs),
    chunkGapMs,
    itlMs: chunkIsToken(ok) ? chunkGapMs : null,
    tpotMs: flaggedSpread(spreadOf(steady, tpotMs), ...tpotReasons(ok)),
    e2eMs: spreadOf(steady, e2eMs),
    coalescedPercent: coalescedPercent(records),
    stalls: stallsOf(records, chunkGapMs.p50.value),
    ecdf: gaps.sorted.length === 0 || ttft.sorted.length === 0 ? null : { ttftMs: quantiles(ttft.sorted), chunkGapMs: quantiles(gaps.sorted) },
  };
}

/** TPOT takes the first chunk for one token, which is a guess where chunks are not tokens and say nothing of their own. */
function tpotReasons(ok: RequestRecord[]): Reason[] {
  const isKnown = chunkIsToken(ok) || ok.every((record) => record.chunkTokens !== null);
  return isKnown ? tokenReasons(ok) : [...tokenReasons(ok), "estimated"];
}

/** How fast one user reads, and tokens ÷ E2E. Requests that were cut have no speed, and without them only the fast ones would be left. */
export function speedsOf(steady: Steady, ok: RequestRecord[]): Pick<Level, "userSpeedTokensPerS" | "perRequestTokensPerS"> {
  const isCut = steady.runs.some((run) => dueInWindow(run).some((record) => record.outcome === "censored"));
  const speeds = (valueOf: (record: RequestRecord) => number | null): Spread => (isCut ? unknownSpread("censored") : spreadOf(steady, valueOf));
  return {
    userSpeedTokensPerS: flaggedSpread(speeds(userSpeedTokensPerS), ...tpotReasons(ok)),
    perRequestTokensPerS: flaggedSpread(speeds(perRequestTokensPerS), ...tokenReasons(ok)),
  };
}
