import type { Chunks, RequestRow } from "../../record/columns/table.ts";
import type { Spread } from "../../figure.ts";
import { remembered } from "../statistics/effective.ts";
import { createGapSections, type GapSections } from "./gap-sections.ts";
import { createGapHistogram, type GapHistogram, joinedHistogram } from "../statistics/histogram.ts";
import { asParts, cellAt, isSliced, meanOf, type Share } from "../statistics/mean.ts";
import { createOpenGaps, type OpenGaps, type OpenStall } from "./open-gaps.ts";
import { spread } from "../statistics/percentile.ts";
import { medianOfSorted, quantile } from "../statistics/quantile.ts";
import { emptyShares, type Run, type SteadyRun } from "../window/run.ts";

/** Takes every request of a level with its chunks, in one pass over all its runs. */
export interface ChunkCollector {
  take(run: Run, request: RequestRow, chunks: Chunks): void;
}

/** Reads the chunks in one pass for all collectors, because there may be a hundred million of them. */
export function collectChunks(runs: Run[], collectors: ChunkCollector[]): void {
  for (const run of runs)
    run.records.eachChunks((request, chunks) => {
      for (const collector of collectors) collector.take(run, request, chunks);
    });
}

/**
 * Visits each stretch of consecutive chunks (`from` … `to` − 1) that arrived in the same cell of time.
 * `cellOf` never falls as time goes on, so the ends of a stretch tell what lies between.
 */
export function eachStretch(
  { count, atMs }: Chunks,
  cellOf: (atMs: number) => number,
  visit: (cell: number, from: number, to: number) => void,
): void {
  const cellAtChunk = (i: number): number => cellOf(atMs[i] ?? Number.NaN);
  const last = count === 0 ? 0 : cellAtChunk(count - 1);
  for (let from = 0; from < count;) {
    const cell = cellAtChunk(from);
    const to = cell === last ? count : firstBeyond(cell, from + 1, count - 1);
    visit(cell, from, to);
    from = to;
  }

  function firstBeyond(cell: number, low: number, high: number): number {
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cellAtChunk(middle) === cell) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The chunk gaps of a level. */
export interface Gaps {
  inWindows: GapHistogram;
  elsewhere: GapHistogram;
  /** The distribution of the gaps that end in the windows. Figures that merged chunks can change are `bounded`. */
  spread(): Spread;
  /** The gaps that may not have been stalls. */
  openStalls(): OpenStall[];
  /**
   * The chunks of the whole level, and how many of them came in the same socket read as the one before. Those that
   * a late read merged are not among the latter.
   */
  chunks: number;
  coalesced: number;
}

/**
 * A chunk gap is the time between consecutive arrivals of output. Chunks of one socket read are one arrival,
 * so they make no gap of their own. The wait for the first chunk is TTFT and not a gap. How sure their figures are
 * follows from sections of time.
 */
export function createGaps(runs: SteadyRun[]): Gaps & ChunkCollector {
  const slices = new Map<Run, { run: SteadyRun; shares: Share[]; sections: GapSections; requests: number }>(
    runs.map((run) => [run, { run, shares: emptyShares(run), sections: createGapSections(), requests: 0 }]),
  );
  /** It is null as long as no chunk is merged, because its histograms take 20 MiB. */
  let open: OpenGaps | null = null;
  const gaps: Gaps & ChunkCollector = {
    inWindows: createGapHistogram(),
    elsewhere: createGapHistogram(),
    chunks: 0,
    coalesced: 0,
    take(run, request, chunks) {
      gaps.chunks += chunks.count;
      gaps.coalesced -= mergedTogether(chunks);
      const steady = slices.get(run);
      if (chunks.earlierUs !== null)
        (open ??= createOpenGaps()).take(
          request.sentMs,
          chunks,
          chunks.earlierUs,
          steady?.run.window ?? null,
        );
      if (steady === undefined) {
        addGaps(gaps.elsewhere, chunks.gapsUs, 0, chunks.count);
        return;
      }
      const { window } = steady.run;
      const before = gaps.inWindows.length;
      eachStretch(
        chunks,
        (atMs) => cellAt(atMs, window),
        (slice, from, to) => {
          const share = steady.shares[slice];
          if (share === undefined) {
            addGaps(gaps.elsewhere, chunks.gapsUs, from, to);
            return;
          }
          const seen = gaps.inWindows.length;
          const counted = { sections: steady.sections, slice, slices: window.slices };
          share.sum += addGaps(gaps.inWindows, chunks.gapsUs, from, to, counted) / 1000;
          share.weight += gaps.inWindows.length - seen;
        },
      );
      if (gaps.inWindows.length > before) steady.requests++;
    },
    spread() {
      const shares = slices
        .values()
        .map((slice) => slice.shares)
        .toArray();
      const nEffAt = remembered((p) => {
        const threshold = quantile(gaps.inWindows, p);
        // A window without slices has no sections either, so there the request is the unit.
        return slices
          .values()
          .reduce(
            (sum, { run, sections, requests }) =>
              sum + (isSliced(run.window) ? sections.effectiveSize(threshold) : requests),
            0,
          );
      });
      const parts = asParts(
        slices
          .values()
          .map(({ run }) => run)
          .toArray(),
      );
      const recorded = spread(gaps.inWindows, meanOf(shares, gaps.inWindows.length, parts), nEffAt);
      return open === null ? recorded : open.spread(recorded, gaps.inWindows, nEffAt);
    },
    openStalls: () => open?.stalls ?? [],
  };
  return gaps;

  /** Adds the gaps before the chunks `from` … `to` − 1, and gives their sum, µs. */
  function addGaps(
    histogram: GapHistogram,
    gapsUs: Float64Array,
    from: number,
    to: number,
    counted: { sections: GapSections; slice: number; slices: number } | null = null,
  ): number {
    let sum = 0;
    for (let i = Math.max(from, 1); i < to; i++) {
      const gapUs = gapsUs[i] ?? 0;
      if (gapUs === 0) gaps.coalesced++;
      else {
        histogram.add(gapUs);
        counted?.sections.add(counted.slice, counted.slices, gapUs);
      }
      sum += gapUs;
    }
    return sum;
  }
}

/** How many chunks are in one read with the one before because that read came late. */
function mergedTogether({ count, gapsUs, earlierUs }: Chunks): number {
  if (earlierUs === null) return 0;
  let together = 0;
  for (let i = 1; i < count; i++)
    if (gapsUs[i] === 0 && ((earlierUs[i] ?? 0) > 0 || (earlierUs[i - 1] ?? 0) > 0)) together++;
  return together;
}

const STALL_MS = 250;
const STALL_MEDIANS = 5;

/**
 * Stalls are gaps above max(250 ms, 5 × the level's median gap). This gives their number, the longest, and
 * their share of the time between first and last output, in percent. Averages hide them. Where the median of the
 * windows is not known, that of all gaps counts. A gap that merged chunks leave open counts by the least that it
 * may be, so that no stall is ours.
 */
export function stallsOf(
  gaps: Gaps,
  medianGapMs: number | null,
): { count: number; longestMs: number | null; timePercent: number | null } {
  const { inWindows, elsewhere } = gaps;
  const medianMs = medianGapMs ?? medianOfSorted(joinedHistogram([inWindows, elsewhere])) ?? 0;
  const thresholdMs = Math.max(STALL_MS, STALL_MEDIANS * medianMs);
  const stalls = atTheirLeast(gaps).map((some) => some.above(thresholdMs));
  const stalledMs = stalls.reduce((sum, stall) => sum + stall.sumMs, 0);
  const streamedMs = (inWindows.sumUs() + elsewhere.sumUs()) / 1000;
  const longest = stalls.flatMap((stall) => stall.longestMs ?? []);
  return {
    count: stalls.reduce((sum, stall) => sum + stall.count, 0),
    longestMs: longest.length === 0 ? null : Math.max(...longest),
    timePercent: streamedMs === 0 ? null : (100 * stalledMs) / streamedMs,
  };
}

/** The gaps of the whole level, those that may not have been stalls as short as they may be. */
function atTheirLeast(of: Gaps): GapHistogram[] {
  const { inWindows, elsewhere } = of;
  const open = of.openStalls();
  if (open.length === 0) return [inWindows, elsewhere];
  const gaps = joinedHistogram([inWindows, elsewhere]);
  for (const { recordedUs, lowUs } of open) {
    gaps.add(recordedUs, -1);
    gaps.add(lowUs);
  }
  return [gaps];
}

/** The range of tokens per chunk in which a chunk counts as a token. */
const ONE_TOKEN = { least: 1, most: 1.02 };

/**
 * Whether one chunk is one token: tokens ÷ chunks is within 1.00–1.02. Speculative decoding sends several
 * tokens in a chunk.
 */
export const isOneTokenAChunk = (tokens: number, chunks: number): boolean =>
  chunks > 0 && tokens / chunks >= ONE_TOKEN.least && tokens / chunks <= ONE_TOKEN.most;
