import type { ShardSummary } from "../record/record.ts";
import { chosen, joinedTable, type RecordTable, type RequestRow } from "../record/table.ts";
import type { Load, Spread } from "../report/figure.ts";
import { e2eMs } from "./latency.ts";
import { meanOf, sliceAt, sliceCount, type Share, type Span } from "./mean.ts";
import { createNumbers } from "./numbers.ts";
import { medianOfSorted, spread } from "./percentile.ts";
import { tokensPerChunk } from "./tokens.ts";
import { closedLoopWindow, isTooShort, openLoopWindow } from "./window.ts";

/** One run of a level: the records of all its shards on one clock, ms from T0, and its steady window. */
export interface Run {
  t0UnixMs: number;
  records: RecordTable;
  stopMs: number;
  drainEndMs: number;
  /** Of all its ok requests; null without one. */
  medianE2eMs: number | null;
  /** What a chunk of a request without a count is taken for. */
  tokensPerChunk: number;
  /** Null where it is too short to be steady. */
  window: Span | null;
  /** Equal slices of the window, at least one median E2E each; null where there would be fewer than 10. */
  slices: number | null;
}

/** Joins the shards of a run: times become ms from the earliest T0. `durationMs`: as planned, for an open loop. */
export function runOf(
  shards: { summary: ShardSummary; records: RecordTable }[],
  level: { load: Load; durationMs: number | null; largestWarmupE2eMs: number | null },
): Run {
  const summaries = shards.map((shard) => shard.summary);
  const t0UnixMs = Math.min(...summaries.map((summary) => summary.t0UnixMs));
  const onOneClock = (summary: ShardSummary, atMs: number): number => atMs + summary.t0UnixMs - t0UnixMs;
  // In the order of their numbers, so that sums come out the same to the last bit in whatever order they are given.
  const inOrder = shards.toSorted((a, b) => a.summary.shard - b.summary.shard);
  const records = joinedTable(inOrder.map((shard) => ({ table: shard.records, shiftMs: shard.summary.t0UnixMs - t0UnixMs })));
  const stopMs = Math.min(...summaries.map((summary) => onOneClock(summary, summary.stopMs)));
  const idle = summaries.flatMap((summary) => (summary.firstIdleMs === null ? [] : [onOneClock(summary, summary.firstIdleMs)]));
  const medianE2eMs = medianE2eOf(records);
  const run = {
    t0UnixMs,
    records,
    stopMs,
    drainEndMs: Math.max(...summaries.map((summary) => onOneClock(summary, summary.drainEndMs))),
    medianE2eMs,
    tokensPerChunk: tokensPerChunk(records),
    window: null,
    slices: null,
  };
  if (medianE2eMs === null) return run;
  const window =
    level.load.kind === "rate"
      ? openLoopWindow({ largestWarmupE2eMs: level.largestWarmupE2eMs, durationMs: level.durationMs ?? stopMs, stopMs })
      : closedLoopWindow({ allInFlightMs: allInFlightMs(records), stopMs, firstIdleMs: idle.length === 0 ? null : Math.min(...idle), medianE2eMs });
  if (isTooShort(window, medianE2eMs)) return run;
  return { ...run, window, slices: sliceCount(window.endMs - window.startMs, medianE2eMs) };
}

function medianE2eOf(records: RecordTable): number | null {
  const latencies = createNumbers(records.length);
  for (const request of records.rows()) {
    const latency = request.outcome === "ok" ? e2eMs(request) : null;
    if (latency !== null) latencies.push(latency);
  }
  return medianOfSorted(latencies.sorted());
}

/** When the last user had sent its first request, ms. */
function allInFlightMs(records: RecordTable): number {
  const firstSent = new Map<number | null, number>();
  for (const { user, sentMs } of records.rows()) firstSent.set(user, Math.min(firstSent.get(user) ?? Infinity, sentMs));
  return firstSent.values().reduce((latest, atMs) => Math.max(latest, atMs), 0);
}

/** A run that has a window. */
export type SteadyRun = Run & { window: Span };

export const steadyRuns = (runs: Run[]): SteadyRun[] => runs.filter((run): run is SteadyRun => run.window !== null);

export const windowMs = (run: SteadyRun): number => run.window.endMs - run.window.startMs;

/** The requests due in a run's window. */
export const dueInWindow = ({ records, window }: SteadyRun): Iterable<RequestRow> =>
  chosen(records.rows(), ({ dueMs }) => dueMs >= window.startMs && dueMs < window.endMs);

/** The values of a distribution in ascending order, Infinity where censored, and its figures. */
export interface Pool {
  sorted: Float64Array;
  spread: Spread;
}

/** The distribution of one value a request, over the requests due in the windows. */
export function requestPool(runs: SteadyRun[], valueOf: (request: RequestRow) => number | null): Pool {
  const values = createNumbers(runs.reduce((sum, run) => sum + run.records.length, 0));
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    for (const request of dueInWindow(run)) {
      const value = valueOf(request);
      if (value === null) continue;
      values.push(value);
      const share = slices[sliceAt(request.dueMs, run.window, slices.length) ?? -1];
      if (share === undefined) continue;
      share.sum += value;
      share.weight++;
    }
    return slices;
  });
  const sorted = values.sorted();
  return { spread: spread(sorted, meanOf(shares, sorted.length)), sorted };
}

/** One empty share a slice of the window; a single one where the window is too short for slices. */
export const emptyShares = (run: SteadyRun): Share[] => Array.from({ length: run.slices ?? 1 }, () => ({ sum: 0, weight: 0 }));
