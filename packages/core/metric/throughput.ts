import { sampleVariance } from "simple-statistics";
import type { Chunks } from "../record/columns/table.ts";
import { unknown, type Figure } from "../figure.ts";
import { FOR_MEANS } from "../math/batches.ts";
import { eachStretch, type ChunkCollector } from "./chunk/chunk.ts";
import { flagged, single } from "./statistics/derive.ts";
import { asParts, cellAt, meanOf, type Share, sliceMs } from "./statistics/mean.ts";
import { dueInWindow, emptyShares, type Run, type SteadyRun, windowMs } from "./window/run.ts";
import { outputTokensOf, placedTokens } from "./window/tokens.ts";

/** What arrives per second in the windows of some runs. */
interface Rate {
  /** Adds an amount that arrives at this moment. Outside a window it does not count. */
  add(run: Run, atMs: number, amount: number): void;
  /**
   * Adds what a request's chunks bring; `amountOf` gives it for those from `from` to `to` − 1. The result is
   * true if one of them arrived in a window.
   */
  addChunks(run: Run, chunks: Chunks, amountOf: (from: number, to: number) => number): boolean;
  /** The figure of all runs, or of some of them. */
  figure(some?: SteadyRun[]): Figure;
  /** What arrived in each slice of a run. */
  bySlice(run: SteadyRun): Share[];
}

/**
 * Counts what arrives in the windows, also from requests that end after them or fail later. The interval is
 * by batch means over slices, or between runs.
 */
export function createRate(runs: SteadyRun[]): Rate {
  const slicesOf = new Map<Run, { run: SteadyRun; shares: Share[]; arrivals: number }>(
    runs.map((run) => [run, { run, shares: emptyShares(run, sliceMs(run.window) / 1000), arrivals: 0 }]),
  );
  return {
    add(run, atMs, amount) {
      const slices = slicesOf.get(run);
      const share = slices?.shares[cellAt(atMs, slices.run.window)];
      if (slices === undefined || share === undefined) return;
      share.sum += amount;
      slices.arrivals++;
    },
    addChunks(run, chunks, amountOf) {
      const slices = slicesOf.get(run);
      if (slices === undefined) return false;
      const before = slices.arrivals;
      eachStretch(
        chunks,
        (atMs) => cellAt(atMs, slices.run.window),
        (slice, from, to) => {
          const share = slices.shares[slice];
          if (share === undefined) return;
          share.sum += amountOf(from, to);
          slices.arrivals += to - from;
        },
      );
      return slices.arrivals > before;
    },
    figure(some = runs) {
      const slices = some.flatMap((run) => slicesOf.get(run) ?? []);
      return meanOf(
        slices.map(({ shares }) => shares),
        slices.reduce((sum, { arrivals }) => sum + arrivals, 0),
        asParts(some),
      );
    },
    bySlice: (run) => slicesOf.get(run)?.shares ?? [],
  };
}

/**
 * The output tokens/s that arrive in the windows. The figure is indicative if tokens of a request in a window
 * were estimated.
 */
export function createOutputTokensPerS(runs: SteadyRun[]): ChunkCollector & Pick<Rate, "figure" | "bySlice"> {
  const rate = createRate(runs);
  const estimated = new Set<Run>();
  return {
    take(run, request, chunks) {
      const output = outputTokensOf(request, run.tokensPerChunk);
      const isInWindow = rate.addChunks(run, chunks, placedTokens(chunks, output.tokens));
      if (isInWindow && output.estimated) estimated.add(run);
    },
    figure: (some = runs) =>
      some.some((run) => estimated.has(run)) ? flagged(rate.figure(some), "estimated") : rate.figure(some),
    bySlice: (run) => rate.bySlice(run),
  };
}

/**
 * The output tokens of ok requests ÷ the time from T0 to the last end, tokens/s. It includes the start and
 * the end of the level.
 */
export function fullRunOutputTokensPerS(runs: Run[]): Figure {
  const seconds = runs.reduce((sum, run) => sum + run.drainEndMs, 0) / 1000;
  let [ok, tokens, estimated] = [0, 0, false];
  for (const run of runs) {
    for (const request of run.records.rows()) {
      if (request.outcome !== "ok") continue;
      const output = outputTokensOf(request, 1);
      ok++;
      tokens += output.tokens;
      estimated ||= output.estimated;
    }
  }
  if (ok === 0 || seconds <= 0) return unknown("too_few");
  const rate = single(tokens / seconds, ok);
  return estimated ? flagged(rate, "estimated") : rate;
}

/** The ok requests that end in the windows, per second. */
export function requestsPerS(runs: SteadyRun[]): Figure {
  const rate = createRate(runs);
  for (const run of runs)
    for (const { outcome, doneMs } of run.records.rows())
      if (outcome === "ok" && doneMs !== null) rate.add(run, doneMs, 1);
  const figure = rate.figure();
  const isAtRate = runs.every(({ isOpenLoop }) => isOpenLoop);
  return isAtRate && figure.method === "batch_means" ? betweenItsEnds(figure, runs) : figure;
}

/**
 * The interval of an open loop's requests/s. What ends in a window is what was due in it and ends ok, and what was in
 * flight at its start, without what is at its end. The schedule knows how many more were due than the rate brings, so
 * they shift the interval and do not widen it. Batches have ends as the window has, and would count those of all. So the
 * two of the window have a variance of their own: that of the requests in flight at the ends of the slices, twice.
 */
function betweenItsEnds(figure: Figure, runs: SteadyRun[]): Figure {
  const shares = runs.map(okOfDue);
  const ok = meanOf(shares, figure.n, asParts(runs));
  if (figure.value === null || ok.value === null || ok.high === null) return figure;
  const due = shares.flat().reduce((sum, { weight }) => sum + weight, 0);
  const excess = runs.flatMap(({ window }) => window.excess ?? []).reduce((sum, more) => sum + more, 0);
  const ends = Math.sqrt(runs.reduce((sum, run) => sum + 2 * sampleVariance(inFlightAtEnds(run)), 0));
  const seconds = runs.reduce((sum, run) => sum + windowMs(run), 0) / 1000;
  const expected = figure.value - (ok.value * excess) / seconds;
  const half = Math.hypot((ok.high - ok.value) * due, FOR_MEANS.t * ends) / seconds;
  return {
    ...figure,
    low: Math.max(0, Math.min(figure.value, expected - half)),
    high: Math.max(figure.value, expected + half),
  };
}

/** In each slice of a window: the requests that were due, and those of them that ended ok. */
function okOfDue(run: SteadyRun): Share[] {
  const shares = Array.from({ length: run.window.slices }, () => ({ sum: 0, weight: 0 }));
  for (const { dueMs, outcome } of dueInWindow(run)) {
    const share = shares[cellAt(dueMs, run.window)];
    if (share === undefined) continue;
    share.weight++;
    if (outcome === "ok") share.sum++;
  }
  return shares;
}

/** How many more requests were in flight at the end of each slice than at the start of the window. */
function inFlightAtEnds({ records, window }: SteadyRun): number[] {
  const more = Array.from({ length: window.slices }, () => 0);
  const add = (atMs: number, count: number): void => {
    const slice = cellAt(atMs, window);
    if (slice >= 0 && slice < window.slices) more[slice] = (more[slice] ?? 0) + count;
  };
  for (const { sentMs, leftMs } of records.rows()) {
    add(sentMs, 1);
    add(leftMs, -1);
  }
  let inFlight = 0;
  return more.map((count) => (inFlight += count));
}

/**
 * Prompt tokens/s. Those of a request count at its first output, when its prefill is done. It is null if the
 * endpoint does not count them.
 */
export function inputTokensPerS(runs: SteadyRun[]): Figure {
  const rate = createRate(runs);
  let isCounted = runs.length === 0;
  for (const run of runs) {
    for (const { firstMs, tokens } of run.records.rows()) {
      if (tokens.input === null) continue;
      isCounted = true;
      if (firstMs !== null) rate.add(run, firstMs, tokens.input);
    }
  }
  return isCounted ? rate.figure() : unknown("no_usage");
}

/** The requests that are sent and not yet done: the time-weighted mean over the windows. */
export function inFlight(runs: SteadyRun[]): Figure {
  const flown = runs.map(inFlightShares);
  return meanOf(
    flown.map(({ slices }) => slices),
    flown.reduce((sum, { requests }) => sum + requests, 0),
    asParts(runs),
  );
}

/** ms × requests in flight for each slice, and the number of those requests. */
function inFlightShares(run: SteadyRun): { slices: Share[]; requests: number } {
  const { startMs, endMs } = run.window;
  const lengthMs = sliceMs(run.window);
  const slices = emptyShares(run, lengthMs);
  let requests = 0;
  for (const { sentMs, leftMs } of run.records.rows()) {
    const fromMs = Math.max(sentMs, startMs) - startMs;
    const toMs = Math.min(leftMs, endMs) - startMs;
    if (toMs <= fromMs) continue;
    requests++;
    for (let i = Math.floor(fromMs / lengthMs); i < slices.length && i * lengthMs < toMs; i++) {
      const share = slices[i];
      if (share !== undefined)
        share.sum += Math.max(0, Math.min(toMs, (i + 1) * lengthMs) - Math.max(fromMs, i * lengthMs));
    }
  }
  return { slices, requests };
}

/** ms × requests in flight in each slice of a window. */
export const inFlightBySlice = (run: SteadyRun): Share[] => inFlightShares(run).slices;
