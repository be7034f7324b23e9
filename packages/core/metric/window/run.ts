import type { ShardSummary } from "../../record/record.ts";
import { chosen, joinedTable, type RecordTable, type RequestRow } from "../../record/columns/table.ts";
import type { Figure, Spread } from "../../figure.ts";
import { demandOf, type Load } from "../../load.ts";
import { boundedSpread, bounded, type End, isOpen, valueAt, valueBounds } from "../statistics/bounds.ts";
import { createTimedValues, remembered, type TimedValues } from "../statistics/effective.ts";
import { e2eMs } from "../statistics/latency.ts";
import {
  asParts,
  cellAt,
  isInWindow,
  lengthMsOf,
  meanOf,
  type Share,
  slicedWindow,
  sliceMs,
  type Window,
} from "../statistics/mean.ts";
import { createNumbers } from "../statistics/numbers.ts";
import { percentile, spread } from "../statistics/percentile.ts";
import { medianOfSorted, quantile } from "../statistics/quantile.ts";
import { tokensPerChunk } from "./tokens.ts";
import { afterWarmUp } from "./warm-up.ts";
import { closedLoopWindow, isTooShort, openLoopWindow } from "./window.ts";

/** One run of a level: the records of all its shards on one clock, ms from T0, and its steady window. */
export interface Run {
  t0UnixMs: number;
  records: RecordTable;
  stopMs: number;
  drainEndMs: number;
  /** The median E2E of all its ok requests. It is null without one. */
  medianE2eMs: number | null;
  /** The tokens that one chunk is taken for in a request without a count. */
  tokensPerChunk: number;
  /** It is null if the run is too short to be steady. */
  window: Window | null;
  /** Whether requests were due by a schedule, whatever was in flight. */
  isOpenLoop: boolean;
}

/**
 * Joins the shards of a run. Times become ms from the earliest T0. `durationMs` is the planned duration of an
 * open loop.
 */
export function runOf(
  shards: { summary: ShardSummary; records: RecordTable }[],
  level: { load: Load; durationMs: number | null; largestWarmupE2eMs: number | null; isPart?: boolean },
): Run {
  const summaries = shards.map((shard) => shard.summary);
  const t0UnixMs = Math.min(...summaries.map((summary) => summary.t0UnixMs));
  const onOneClock = (summary: ShardSummary, atMs: number): number => atMs + summary.t0UnixMs - t0UnixMs;
  // The shards are put in the order of their numbers, so that sums come out the same to the last bit whatever
  // the order given.
  const inOrder = shards.toSorted((a, b) => a.summary.shard - b.summary.shard);
  const records = joinedTable(
    inOrder.map(({ records: table, summary }) => ({
      table,
      shiftMs: summary.t0UnixMs - t0UnixMs,
      drainEndMs: summary.drainEndMs,
    })),
  );
  const stopMs = Math.min(...summaries.map((summary) => onOneClock(summary, summary.stopMs)));
  const idle = summaries.flatMap((summary) =>
    summary.firstIdleMs === null ? [] : [onOneClock(summary, summary.firstIdleMs)],
  );
  const medianE2eMs = medianE2eOf(records);
  const demand = demandOf(level.load);
  const run = {
    t0UnixMs,
    records,
    stopMs,
    drainEndMs: Math.max(...summaries.map((summary) => onOneClock(summary, summary.drainEndMs))),
    medianE2eMs,
    tokensPerChunk: tokensPerChunk(records),
    window: null,
    isOpenLoop: demand.isOpenLoop,
  };
  if (medianE2eMs === null) return run;
  const span = demand.isOpenLoop
    ? openLoopWindow({
        largestWarmupE2eMs: level.largestWarmupE2eMs,
        durationMs: level.durationMs ?? stopMs,
        stopMs,
      })
    : closedLoopWindow({
        allInFlightMs: allInFlightMs(records),
        stopMs,
        firstIdleMs: idle.length === 0 ? null : Math.min(...idle),
        medianE2eMs,
      });
  if (isTooShort(span, medianE2eMs)) return run;
  const whole = slicedWindow(span, medianE2eMs);
  const rest = demand.isOpenLoop ? null : afterWarmUp(records, whole);
  const sliced =
    rest === null || isTooShort(rest, medianE2eMs)
      ? whole
      : { ...slicedWindow(rest, medianE2eMs), warmUpMs: rest.startMs - whole.startMs };
  // Constant arrivals vary by nothing that would explain a figure.
  const varies = demand.isOpenLoop && demand.dispersion > 0;
  const excess = varies ? { excess: excessOf(records, sliced, demand.ratePerS) } : {};
  return { ...run, window: { ...sliced, ...excess, ...(level.isPart === true && { isPart: true }) } };
}

/** How many more requests were due in each slice of a window than the rate brings. */
function excessOf(records: RecordTable, window: Window, ratePerS: number): number[] {
  const excess = Array.from({ length: window.slices }, () => (-ratePerS * sliceMs(window)) / 1000);
  for (const { dueMs } of records.rows()) {
    const slice = cellAt(dueMs, window);
    const before = excess[slice];
    if (before !== undefined) excess[slice] = before + 1;
  }
  return excess;
}

function medianE2eOf(records: RecordTable): number | null {
  const latencies = createNumbers(records.length);
  for (const request of records.rows()) {
    const latency = request.outcome === "ok" ? e2eMs(request) : null;
    if (latency !== null) latencies.push(latency);
  }
  return medianOfSorted(latencies.sorted());
}

/** The moment at which the last user had sent its first request, ms. */
function allInFlightMs(records: RecordTable): number {
  const firstSent = new Map<number | null, number>();
  for (const { user, sentMs } of records.rows())
    firstSent.set(user, Math.min(firstSent.get(user) ?? Infinity, sentMs));
  return firstSent.values().reduce((latest, atMs) => Math.max(latest, atMs), 0);
}

/** A run that has a window. */
export type SteadyRun = Run & { window: Window };

export const steadyRuns = (runs: Run[]): SteadyRun[] =>
  runs.filter((run): run is SteadyRun => run.window !== null);

export const windowMs = (run: SteadyRun): number => lengthMsOf(run.window);

/** The requests due in a run's window. */
export const dueInWindow = ({ records, window }: SteadyRun): Iterable<RequestRow> =>
  chosen(records.rows(), ({ dueMs }) => isInWindow(dueMs, window));

/** The values of a distribution in ascending order, with Infinity for censored ones, and its figures. */
export interface LevelPool {
  sorted: Float64Array;
  /** It is computed when it is asked for. */
  spread(): Spread;
  /** Gives any other percentile, from 0 to 1. */
  percentile(p: number): Figure;
  /** How many independent values they are worth for a percentile. */
  nEffAt(p: number): number;
  /** The values if each is as low, and as high, as merged chunks let it be. They are the same without. */
  ends: Record<End, Float64Array>;
}

/**
 * The distribution of one value per request, over the requests due in the windows. Requests that wait in one
 * queue are not independent, so an interval is as wide as that of the number of independent ones that they
 * are worth. Each run is judged by itself. Figures that merged chunks can change are `bounded`.
 */
export function requestPool(runs: SteadyRun[], valueOf: (request: RequestRow) => number | null): LevelPool {
  const pool = poolOf(runs, valueOf);
  if (!pool.isOpen) return levelPool(pool, pool.nEffAt);
  const lows = poolOf(runs, valueAt(valueOf, "low"));
  const highs = poolOf(runs, valueAt(valueOf, "high"));
  const nEffAt = (p: number): number => Math.min(pool.nEffAt(p), lows.nEffAt(p), highs.nEffAt(p));
  const recorded = levelPool(pool, nEffAt);
  const low = levelPool(lows, nEffAt);
  const high = levelPool(highs, nEffAt);
  return {
    sorted: pool.sorted,
    spread: () => boundedSpread(recorded.spread(), low.spread(), high.spread()),
    percentile: (p) => bounded(recorded.percentile(p), low.percentile(p), high.percentile(p)),
    nEffAt,
    ends: { low: lows.sorted, high: highs.sorted },
  };
}

interface Pool {
  sorted: Float64Array;
  mean: Figure;
  /** How many independent values they are worth for a percentile. */
  nEffAt: (p: number) => number;
  /** Whether merged chunks leave one of the values open. */
  isOpen: boolean;
}

const levelPool = ({ sorted, mean }: Pool, nEffAt: Pool["nEffAt"]): LevelPool => ({
  sorted,
  spread: () => spread(sorted, mean, nEffAt),
  percentile: (p) => percentile(sorted, p, nEffAt(p)),
  nEffAt,
  ends: { low: sorted, high: sorted },
});

function poolOf(runs: SteadyRun[], valueOf: (request: RequestRow) => number | null): Pool {
  let isAnyOpen = false;
  const values = createNumbers(runs.reduce((sum, run) => sum + run.records.length, 0));
  const timed: TimedValues[] = [];
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    const ofRun = createTimedValues(run.window, run.records.length);
    timed.push(ofRun);
    for (const request of dueInWindow(run)) {
      const value = valueOf(request);
      if (!isAnyOpen && isOpen(request)) {
        const bounds = valueBounds(request, valueOf);
        isAnyOpen = bounds !== null && bounds.low < bounds.high;
      }
      if (value === null) continue;
      values.push(value);
      ofRun.add(request.dueMs, value);
      const share = slices[cellAt(request.dueMs, run.window)];
      if (share === undefined) continue;
      share.sum += value;
      share.weight++;
    }
    return slices;
  });
  const sorted = values.sorted();
  return {
    sorted,
    mean: meanOf(shares, sorted.length, asParts(runs)),
    nEffAt: remembered((p) => {
      const threshold = quantile(sorted, p);
      return timed.reduce((sum, one) => sum + one.effectiveSize(threshold), 0);
    }),
    isOpen: isAnyOpen,
  };
}

/** One share for each slice of the window, with nothing in it yet. */
export const emptyShares = ({ window: { slices, excess } }: SteadyRun, weight = 0): Share[] =>
  Array.from({ length: slices }, (_, i) => {
    const more = excess?.[i];
    return { sum: 0, weight, ...(more !== undefined && { excess: more }) };
  });
