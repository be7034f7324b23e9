import type { RequestRecord } from "@brimline/core/record/record";

/**
 * Figures of a level of ok requests on one clock, by the definitions alone: everything is in arrays that are
 * sorted whole.
 */
export interface BruteForce {
  gapMs: Record<"p50" | "p90" | "p95" | "p99" | "p999" | "max" | "mean", number>;
  ttftMs: Record<"p50" | "p95" | "p99", number>;
  e2eMs: Record<"p50" | "p95" | "p99", number>;
  tpotMs: Record<"p50" | "p95" | "p99", number>;
  outputTokensPerS: number;
  coalescedPercent: number;
  stalls: { count: number; longestMs: number };
}

export function bruteForce(records: RequestRecord[], stopMs: number): BruteForce {
  const e2es = ascending(records.map((record) => (record.lastMs ?? Number.NaN) - record.sentMs));
  const firstSent = new Map<number | null, number>();
  for (const { user, sentMs } of records)
    firstSent.set(user, Math.min(sentMs, firstSent.get(user) ?? Infinity));
  const startMs = Math.max(...firstSent.values()) + at(e2es, 0.5);
  const inWindow = (atMs: number): boolean => atMs >= startMs && atMs < stopMs;
  const due = records.filter((record) => inWindow(record.dueMs));

  const [gaps, allGaps]: [number[], number[]] = [[], []];
  let [chunks, coalesced, tokens] = [0, 0, 0];
  for (const { sentMs, gapsUs, tokens: counted } of records) {
    let atUs = 0;
    for (const [position, gapUs] of gapsUs.entries()) {
      atUs += gapUs;
      chunks++;
      const isInWindow = inWindow(sentMs + atUs / 1000);
      if (isInWindow) tokens += (counted.output ?? 0) / gapsUs.length;
      if (position === 0) continue;
      if (gapUs === 0) coalesced++;
      else allGaps.push(gapUs / 1000);
      if (gapUs > 0 && isInWindow) gaps.push(gapUs / 1000);
    }
  }
  const sorted = ascending(gaps);
  const stalls = allGaps.filter((gapMs) => gapMs > Math.max(250, 5 * at(sorted, 0.5)));
  const ttfts = ascending(due.map((record) => (record.firstMs ?? Number.NaN) - record.sentMs));
  const tpots = ascending(
    due.map(
      ({ firstMs, lastMs, tokens: { output } }) =>
        ((lastMs ?? Number.NaN) - (firstMs ?? Number.NaN)) / ((output ?? 0) - 1),
    ),
  );
  const three = (values: Float64Array): BruteForce["ttftMs"] => ({
    p50: at(values, 0.5),
    p95: at(values, 0.95),
    p99: at(values, 0.99),
  });
  return {
    gapMs: {
      ...three(sorted),
      p90: at(sorted, 0.9),
      p999: at(sorted, 0.999),
      max: sorted.at(-1) ?? Number.NaN,
      mean: sorted.reduce((sum, gap) => sum + gap, 0) / sorted.length,
    },
    ttftMs: three(ttfts),
    e2eMs: three(ascending(due.map((record) => (record.lastMs ?? Number.NaN) - record.sentMs))),
    tpotMs: three(tpots),
    outputTokensPerS: (1000 * tokens) / (stopMs - startMs),
    coalescedPercent: (100 * coalesced) / chunks,
    stalls: { count: stalls.length, longestMs: stalls.reduce((longest, gap) => Math.max(longest, gap), 0) },
  };
}

const ascending = (values: number[]): Float64Array => Float64Array.from(values).sort();

/** The percentile of type 7. */
function at(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  return below + (position % 1) * ((sorted[Math.ceil(position)] ?? Number.NaN) - below);
}
