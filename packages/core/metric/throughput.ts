import type { Chunks } from "../record/columns/table.ts";
import { unknown, type Figure } from "../figure.ts";
import { eachStretch, type ChunkCollector } from "./chunk/chunk.ts";
import { flagged, single } from "./statistics/derive.ts";
import { asParts, cellAt, meanOf, type Share, sliceMs } from "./statistics/mean.ts";
import { emptyShares, type Run, type SteadyRun } from "./window/run.ts";
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
  return rate.figure();
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
