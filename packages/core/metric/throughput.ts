import type { RequestRecord } from "../record/record.ts";
import { unknown, type Figure } from "../report/figure.ts";
import { eachChunk } from "./chunk.ts";
import { flagged, single } from "./derive.ts";
import { meanOf, sliceAt } from "./mean.ts";
import { median } from "./percentile.ts";
import { emptyShares, windowMs, type Run, type SteadyRun } from "./run.ts";

/**
 * What arrives a second in the windows: `visit` calls `add` with each arrival of a run and its amount. Work of requests that end
 * after the window, or fail later, counts too. Interval: batch means over slices, or between runs.
 */
export function ratePerS(runs: SteadyRun[], visit: (run: SteadyRun, add: (atMs: number, amount: number) => void) => void): Figure {
  let arrivals = 0;
  const shares = runs.map((run) => {
    const slices = emptyShares(run).map((share) => ({ ...share, weight: windowMs(run) / 1000 / (run.slices ?? 1) }));
    visit(run, (atMs, amount) => {
      const share = slices[sliceAt(atMs, run.window, slices.length) ?? -1];
      if (share === undefined) return;
      share.sum += amount;
      arrivals++;
    });
    return slices;
  });
  return meanOf(shares, arrivals);
}

/** The median output tokens per chunk of ok requests with a count that is not itself the chunks; 1 without one. */
export function tokensPerChunk(records: RequestRecord[]): number {
  const ratios = records.flatMap((record) =>
    record.outcome === "ok" && record.tokens.source !== "chunks" && record.tokens.output !== null && record.gapsUs.length > 0
      ? [record.tokens.output / record.gapsUs.length]
      : [],
  );
  return median(ratios) ?? 1;
}

/** Output tokens of a request: as counted; for a cut one without usage, and where nothing counts, its chunks × `perChunk` (estimated). */
export function outputTokensOf(record: RequestRecord, perChunk: number): { tokens: number; estimated: boolean } {
  const counted = record.tokens.source !== "chunks" && record.tokens.output !== null;
  if (counted) return { tokens: record.tokens.output ?? 0, estimated: false };
  return { tokens: record.gapsUs.length * perChunk, estimated: true };
}

/**
 * Places a request's output tokens in time: over its chunks by their own usage where every chunk has one, else in equal parts.
 * The parts add up to `tokens`, unless no chunk ever came.
 */
export function placeTokens(record: RequestRecord, tokens: number, add: (atMs: number, tokens: number) => void): void {
  const weights = record.chunkTokens?.length === record.gapsUs.length ? record.chunkTokens : null;
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? 0;
  eachChunk(record, (atMs, _, position) => {
    add(atMs, weights !== null && total > 0 ? (tokens * (weights[position] ?? 0)) / total : tokens / record.gapsUs.length);
  });
}

/** Output tokens/s that arrive in the windows; indicative where tokens of a request in the window were estimated. */
export function outputTokensPerS(runs: SteadyRun[]): Figure {
  let estimated = false;
  const rate = ratePerS(runs, (run, add) => {
    const perChunk = tokensPerChunk(run.records);
    for (const record of run.records) {
      const output = outputTokensOf(record, perChunk);
      placeTokens(record, output.tokens, (atMs, tokens) => {
        add(atMs, tokens);
        if (output.estimated && atMs >= run.window.startMs && atMs < run.window.endMs) estimated = true;
      });
    }
  });
  return estimated ? flagged(rate, "estimated") : rate;
}

/** Output tokens of ok requests ÷ the time from T0 to the last end, tokens/s: beginning and end of the level included. */
export function fullRunOutputTokensPerS(runs: Run[]): Figure {
  const ok = runs.flatMap((run) => run.records.filter((record) => record.outcome === "ok"));
  const seconds = runs.reduce((sum, run) => sum + run.drainEndMs, 0) / 1000;
  if (ok.length === 0 || seconds <= 0) return unknown("too_few");
  const outputs = ok.map((record) => outputTokensOf(record, 1));
  const rate = single(outputs.reduce((sum, output) => sum + output.tokens, 0) / seconds, ok.length);
  return outputs.some((output) => output.estimated) ? flagged(rate, "estimated") : rate;
}

/** Ok requests that end in the windows, per second. */
export function requestsPerS(runs: SteadyRun[]): Figure {
  return ratePerS(runs, (run, add) => {
    for (const record of run.records) if (record.outcome === "ok" && record.doneMs !== null) add(record.doneMs, 1);
  });
}

/** Prompt tokens/s, each request's booked at its first output, when its prefill is done. Null where the endpoint does not count them. */
export function inputTokensPerS(runs: SteadyRun[]): Figure {
  const counted = runs.some((run) => run.records.some((record) => record.tokens.input !== null));
  if (runs.length > 0 && !counted) return unknown("no_usage");
  return ratePerS(runs, (run, add) => {
    for (const record of run.records) if (record.firstMs !== null && record.tokens.input !== null) add(record.firstMs, record.tokens.input);
  });
}

/** When a request left the endpoint, ms: its end, or the end of the drain where it was cut without one. */
export const endMs = (record: RequestRecord, run: Run): number => record.doneMs ?? Math.max(record.sentMs, run.drainEndMs);

/** Requests sent and not yet done: the time-weighted mean over the windows. */
export function inFlight(runs: SteadyRun[]): Figure {
  let requests = 0;
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    const lengthMs = windowMs(run) / slices.length;
    for (const share of slices) share.weight = lengthMs;
    for (const record of run.records) {
      const fromMs = Math.max(record.sentMs, run.window.startMs) - run.window.startMs;
      const toMs = Math.min(endMs(record, run), run.window.endMs) - run.window.startMs;
      if (toMs <= fromMs) continue;
      requests++;
      for (let i = Math.floor(fromMs / lengthMs); i < slices.length && i * lengthMs < toMs; i++) {
        const share = slices[i];
        if (share !== undefined) share.sum += Math.max(0, Math.min(toMs, (i + 1) * lengthMs) - Math.max(fromMs, i * lengthMs));
      }
    }
    return slices;
  });
  return meanOf(shares, requests);
}
