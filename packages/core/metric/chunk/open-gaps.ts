import { unknown, type Figure, type Spread } from "../../figure.ts";
import type { Chunks } from "../../record/columns/table.ts";
import { boundedSpread, type End } from "../statistics/bounds.ts";
import {
  createGapHistogram,
  type GapHistogram,
  joinedHistogram,
  type Sorted,
} from "../statistics/histogram.ts";
import type { Span } from "../statistics/mean.ts";
import { lastTrue, lowerRank, ONE_SIDED, positionOf, TAIL, upperRank } from "../../math/rank.ts";
import { floorOf } from "../statistics/quantile.ts";

/** A stall that may have been shorter, because the chunk that ended it may have come before its time. */
export interface OpenStall {
  recordedUs: number;
  lowUs: number;
}

/**
 * The gaps of which merged chunks leave the length open. If chunk i came in [lowᵢ, highᵢ], its gap lies in
 * [max(0, lowᵢ − highᵢ₋₁), highᵢ − lowᵢ₋₁]. A gap of 0 is none, because chunks that come together are one
 * arrival. So a gap that may be 0 may be missing, and the number of gaps is open, too. A gap that may end on
 * the other side of an edge of the window may be missing as well.
 */
export interface OpenGaps {
  /** Takes the chunks of a request of which some are merged. `window` is null outside every window. */
  take(sentMs: number, chunks: Chunks, earlierUs: Float64Array, window: Span | null): void;
  stalls: OpenStall[];
  /** The figures of the gaps in the windows, `recorded` being those of the times as they are. */
  spread(recorded: Spread, inWindows: GapHistogram, nEffAt: (p: number) => number): Spread;
}

/** Shorter gaps are never a stall, µs. */
const STALL_US = 250_000;

export function createOpenGaps(): OpenGaps {
  /** The open gaps of the windows as they were recorded. */
  const recordedGaps = createGapHistogram();
  /** Those that there are in any case, and those that may be missing. */
  const sure = { low: createGapHistogram(), high: createGapHistogram() };
  const maybe = { low: createGapHistogram(), high: createGapHistogram() };
  const stalls: OpenStall[] = [];

  return {
    stalls,
    take(sentMs, { count, gapsUs }, earlierUs, window) {
      const atMs = (us: number): number => sentMs + us / 1000;
      let before = { low: 0, high: 0 };
      for (let i = 0; i < count; i++) {
        const recordedUs = gapsUs[i] ?? 0;
        const high = before.high + recordedUs;
        const at = { low: Math.max(before.low, high - (earlierUs[i] ?? 0)), high };
        const gap = { low: Math.max(0, at.low - before.high), high: at.high - before.low };
        const isOpenGap = i > 0 && gap.low < gap.high;
        before = at;
        if (!isOpenGap) continue;
        if (recordedUs > STALL_US) stalls.push({ recordedUs, lowUs: gap.low });
        if (window === null) continue;
        const [fromMs, toMs] = [atMs(at.low), atMs(at.high)];
        if (toMs < window.startMs || fromMs >= window.endMs) continue;
        if (recordedUs > 0 && toMs < window.endMs) recordedGaps.add(recordedUs);
        const isThere = gap.low > 0 && fromMs >= window.startMs && toMs < window.endMs;
        const open = isThere ? sure : maybe;
        open.low.add(gap.low);
        open.high.add(gap.high);
      }
    },
    spread(recorded, inWindows, nEffAt) {
      const at = (end: End): Spread => {
        const gaps = { sure: joinedHistogram([inWindows, sure[end]], [recordedGaps]), maybe: maybe[end] };
        const percentile = (p: number): Figure => extremePercentile(gaps, p, nEffAt(p), end);
        return {
          mean: shifted(recorded.mean, extremeMean(gaps, end)),
          p50: percentile(0.5),
          p90: percentile(0.9),
          p95: percentile(0.95),
          p99: percentile(0.99),
          p999: percentile(0.999),
          max: extremeMax(gaps, end),
        };
      };
      return boundedSpread(recorded, at("low"), at("high"));
    },
  };
}

/** Gaps that there are, and gaps that may be missing. */
interface Gaps {
  sure: GapHistogram;
  maybe: GapHistogram;
}

/** A percentile and its interval at one end of what they may be. */
function extremePercentile(gaps: Gaps, p: number, nEff: number, end: End): Figure {
  const n = gaps.sure.length;
  const at = (rank: number): number | null =>
    rank < 1 ? null : extremeAt(gaps, (count) => positionOf(rank, nEff, count), end);
  if (n < floorOf(p)) return { ...unknown("too_few"), n, nEff, low: at(lowerRank(nEff, p, ONE_SIDED)) };
  return {
    value: extremeAt(gaps, (count) => (count - 1) * p, end),
    low: at(lowerRank(nEff, p, 1 - TAIL)),
    high: nEff < floorOf(p) ? null : at(upperRank(nEff, p)),
    n,
    nEff,
    method: "order_statistic",
    validity: "valid",
    reasons: [],
  };
}

/**
 * The least (or the most) that lies at a position, whichever of the gaps that may be missing are there. A gap
 * that lies beyond the value at the position moves it outwards, and any other moves it back. So those furthest
 * out are taken as long as the next lies beyond. Between two ranks the outer one counts. It is null without a
 * gap.
 */
function extremeAt({ sure, maybe }: Gaps, positionIn: (count: number) => number, end: End): number | null {
  const isBeyond = (a: number, b: number): boolean => (end === "low" ? a < b : a > b);
  const furthest = (nth: number): number | undefined =>
    maybe.at(end === "low" ? nth - 1 : maybe.length - nth);
  function withFurthest(count: number): number | undefined {
    const n = sure.length + count;
    if (n === 0) return undefined;
    const position = positionIn(n);
    const rank = end === "low" ? Math.floor(position) : Math.ceil(position);
    const chosen: Sorted = {
      length: count,
      at: (i) => (i >= count ? undefined : maybe.at(end === "low" ? i : maybe.length - count + i)),
    };
    return atOfBoth(sure, chosen, rank);
  }
  const taken = lastTrue(maybe.length, (nth) => {
    const [next, value] = [furthest(nth), withFurthest(nth - 1)];
    return next !== undefined && (value === undefined || isBeyond(next, value));
  });
  return withFurthest(taken) ?? null;
}

/** The value at a rank, from 0 on, among all of two lists. */
function atOfBoth(a: Sorted, b: Sorted, rank: number): number | undefined {
  const fromB = lastTrue(
    Math.min(rank, b.length),
    (count) => (b.at(count - 1) ?? Infinity) <= (a.at(rank - count) ?? Infinity),
  );
  const [nextA, nextB] = [a.at(rank - fromB), b.at(fromB)];
  return nextA === undefined || nextB === undefined ? (nextA ?? nextB) : Math.min(nextA, nextB);
}

/** The least (or the most) that the mean may be, ms: the furthest are taken as long as the next lies beyond. */
function extremeMean({ sure, maybe }: Gaps, end: End): number | null {
  let [sumUs, count] = [sure.sumUs(), sure.length];
  const others: [us: number, times: number][] = [];
  maybe.each((us, times) => others.push([us, times]));
  for (const [us, times] of end === "low" ? others : others.toReversed()) {
    const meanUs = sumUs / count;
    if (count > 0 && (end === "low" ? us >= meanUs : us <= meanUs)) break;
    sumUs += us * times;
    count += times;
  }
  return count === 0 ? null : sumUs / count / 1000;
}

/** The figure with its interval about another value. */
function shifted(figure: Figure, value: number | null): Figure {
  if (value === null) return figure;
  const by = value - (figure.value ?? value);
  return {
    ...figure,
    value,
    low: figure.low === null ? null : figure.low + by,
    high: figure.high === null ? null : figure.high + by,
  };
}

function extremeMax({ sure, maybe }: Gaps, end: End): number | null {
  const largest = [sure, ...(end === "low" ? [] : [maybe])].flatMap((gaps) => gaps.at(gaps.length - 1) ?? []);
  return largest.length === 0 ? null : Math.max(...largest);
}
