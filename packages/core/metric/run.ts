import type { RequestRecord, ShardSummary } from "../record/record.ts";
import type { Load, Spread } from "../report/figure.ts";
import { eachGap } from "./chunk.ts";
import { e2eMs } from "./latency.ts";
import { meanOf, sliceAt, sliceCount, type Share, type Span } from "./mean.ts";
import { median, spread } from "./percentile.ts";
import { closedLoopWindow, isTooShort, openLoopWindow } from "./window.ts";

/** One run of a level: the records of all its shards on one clock, ms from T0, and its steady window. */
export interface Run {
  t0UnixMs: number;
  records: RequestRecord[];
  stopMs: number;
  drainEndMs: number;
  /** Of all its ok requests; null without one. */
  medianE2eMs: number | null;
  /** Null where it is too short to be steady. */
  window: Span | null;
  /** Equal slices of the window, at least one median E2E each; null where there would be fewer than 10. */
  slices: number | null;
}

/** Joins the shards of a run: times become ms from the earliest T0. `durationMs`: as planned, for an open loop. */
export function runOf(
  shards: { summary: ShardSummary; records: RequestRecord[] }[],
  level: { load: Load; durationMs: number | null; largestWarmupE2eMs: number | null },
): Run {
  const summaries = shards.map((shard) => shard.summary);
  const t0UnixMs = Math.min(...summaries.map((summary) => summary.t0UnixMs));
  const onOneClock = (summary: ShardSummary, atMs: number): number => atMs + summary.t0UnixMs - t0UnixMs;
  const records = shards.flatMap((shard) => shard.records.map((record) => shifted(record, shard.summary.t0UnixMs - t0UnixMs)));
  records.sort((a, b) => a.dueMs - b.dueMs || a.index - b.index);
  const stopMs = Math.min(...summaries.map((summary) => onOneClock(summary, summary.stopMs)));
  const idle = summaries.flatMap((summary) => (summary.firstIdleMs === null ? [] : [onOneClock(summary, summary.firstIdleMs)]));
  const medianE2eMs = median(records.flatMap((record) => (record.outcome === "ok" ? (e2eMs(record) ?? []) : [])));
  const run = {
    t0UnixMs,
    records,
    stopMs,
    drainEndMs: Math.max(...summaries.map((summary) => onOneClock(summary, summary.drainEndMs))),
    medianE2eMs,
    window: null,
    slices: null,
  };
  if (medianE2eMs === null) return run;
  const window =
    level.load.kind === "rate"
      ? openLoopWindow({ largestWarmupE2eMs: level.largestWarmupE2eMs, durationMs: level.durationMs ?? stopMs })
      : closedLoopWindow({ allInFlightMs: allInFlightMs(records), stopMs, firstIdleMs: idle.length === 0 ? null : Math.min(...idle), medianE2eMs });
  if (isTooShort(window, medianE2eMs)) return run;
  return { ...run, window, slices: sliceCount(window.endMs - window.startMs, medianE2eMs) };
}

/** When the last user had sent its first request, ms. */
function allInFlightMs(records: RequestRecord[]): number {
  const firstSent = new Map<number | null, number>();
  for (const record of records) firstSent.set(record.user, Math.min(firstSent.get(record.user) ?? Infinity, record.sentMs));
  return firstSent.values().reduce((latest, atMs) => Math.max(latest, atMs), 0);
}

function shifted(record: RequestRecord, byMs: number): RequestRecord {
  if (byMs === 0) return record;
  const later = (atMs: number | null): number | null => (atMs === null ? null : atMs + byMs);
  return {
    ...record,
    dueMs: record.dueMs + byMs,
    sentMs: record.sentMs + byMs,
    firstByteMs: later(record.firstByteMs),
    firstMs: later(record.firstMs),
    firstVisibleMs: later(record.firstVisibleMs),
    lastMs: later(record.lastMs),
    doneMs: later(record.doneMs),
  };
}

/** A run that has a window. */
export type SteadyRun = Run & { window: Span };

export const steadyRuns = (runs: Run[]): SteadyRun[] => runs.filter((run): run is SteadyRun => run.window !== null);

export const windowMs = (run: SteadyRun): number => run.window.endMs - run.window.startMs;

/** The requests due in a run's window. */
export const dueInWindow = (run: SteadyRun): RequestRecord[] =>
  run.records.filter((record) => record.dueMs >= run.window.startMs && record.dueMs < run.window.endMs);

/** The values of a distribution in ascending order, Infinity where censored, and its figures. */
export interface Pool {
  sorted: Float64Array;
  spread: Spread;
}

/** The distribution of one value a request, over the requests due in the windows. */
export function requestPool(runs: SteadyRun[], valueOf: (record: RequestRecord) => number | null): Pool {
  return pooled(runs, (run, add) => {
    for (const record of dueInWindow(run)) {
      const value = valueOf(record);
      if (value !== null) add(value, record.dueMs);
    }
  });
}

/** The distribution of the chunk gaps that end in the windows. A request's gaps hang together, so the request is the unit of evidence. */
export function gapPool(runs: SteadyRun[]): Pool {
  let requests = 0;
  return pooled(
    runs,
    (run, add) => {
      for (const record of run.records) {
        let seen = 0;
        eachGap(record, (gapMs, endMs) => {
          if (endMs < run.window.startMs || endMs >= run.window.endMs) return;
          add(gapMs, endMs);
          seen++;
        });
        if (seen > 0) requests++;
      }
    },
    () => requests,
  );
}

function pooled(runs: SteadyRun[], visit: (run: SteadyRun, add: (value: number, atMs: number) => void) => void, units?: () => number): Pool {
  const values: number[] = [];
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    visit(run, (value, atMs) => {
      values.push(value);
      const share = slices[sliceAt(atMs, run.window, slices.length) ?? -1];
      if (share === undefined) return;
      share.sum += value;
      share.weight++;
    });
    return slices;
  });
  const sorted = Float64Array.from(values).sort();
  return { spread: spread(sorted, meanOf(shares, values.length), units?.() ?? sorted.length), sorted };
}

/** One empty share a slice of the window; a single one where the window is too short for slices. */
export const emptyShares = (run: SteadyRun): Share[] => Array.from({ length: run.slices ?? 1 }, () => ({ sum: 0, weight: 0 }));
