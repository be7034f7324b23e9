import { z } from "zod";

/** The latencies that an objective may bound, and that a shard counts while it runs. */
export const LATENCIES = ["ttftMs", "tpotMs", "e2eMs"] as const;
export type LatencyName = (typeof LATENCIES)[number];

/**
 * Latencies counted in fixed buckets with log-spaced bounds (DDSketch: Masson et al., VLDB 2019). Bucket `i` holds
 * those above g^(i−1) µs and up to g^i µs, where g = 1.01 / 0.99, so a value that is read back is wrong by at most
 * 1 %. Buckets reach from 1 µs to an hour; what lies beyond goes into the last. As they are the same everywhere,
 * histograms add up, in any order. With 10 million requests one is at most 6 kB, and usually 1 kB.
 */
export const LatencyHistogram = z.object({
  /** The bucket that `counts` begins with. Those before it are empty, as are those after its end. */
  first: z.int(),
  counts: z.array(z.int()),
  /** How many were cut before their value was known. They rank above all others. */
  cut: z.int(),
});
export type LatencyHistogram = z.infer<typeof LatencyHistogram>;

const LatencyCount = z.object({
  histogram: LatencyHistogram,
  /**
   * How many requests the objective judged, how many of them were within its bound, and of how many merged chunks
   * or an answer in one arrival leave that open. One that failed or was cut is not good. It is null without a bound.
   */
  judged: z.object({ good: z.int(), open: z.int(), total: z.int() }).nullable(),
});
export type LatencyCount = z.infer<typeof LatencyCount>;

/**
 * The latencies of the requests that were due from `fromMs` after T0 on, when the level's start was over. In an open
 * loop TTFT counts from due, as objectives do.
 */
export const LatencyCounts = z.object({
  fromMs: z.number(),
  ttftMs: LatencyCount,
  tpotMs: LatencyCount,
  e2eMs: LatencyCount,
});
export type LatencyCounts = z.infer<typeof LatencyCounts>;

/** What a level's counts say, each percentile to 1 %. It is null where it is not known. */
export const LatencySummary = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  judged: LatencyCount.shape.judged,
});
export type LatencySummary = z.infer<typeof LatencySummary>;

const ERROR = 0.01;
const GROWTH = (1 + ERROR) / (1 - ERROR);
const LOG_GROWTH = Math.log(GROWTH);
const LONGEST_US = 3.6e9;
const BUCKETS = 1 + Math.ceil(Math.log(LONGEST_US) / LOG_GROWTH);

const bucketOf = (ms: number): number =>
  ms <= 0.001 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(1000 * ms) / LOG_GROWTH));

/** The value that is at most 1 % from both bounds of a bucket, ms. */
const valueOf = (bucket: number): number => (2 * GROWTH ** bucket) / (GROWTH + 1) / 1000;

/** Counts latencies, once or so many times. Infinity is one that was cut before it was known. */
export interface LatencyCounter {
  add(ms: number, times?: number): void;
  histogram(): LatencyHistogram;
}

export function createLatencyCounter(): LatencyCounter {
  const counts = new Uint32Array(BUCKETS);
  let cut = 0;
  return {
    add(ms, times = 1) {
      if (ms === Infinity) {
        cut += times;
        return;
      }
      const bucket = bucketOf(ms);
      counts[bucket] = (counts[bucket] ?? 0) + times;
    },
    histogram: () => histogramOf(counts, cut),
  };
}

/** What the shards of a level counted together, in whatever order they come. */
export function latencySummary(shards: LatencyCount[]): LatencySummary {
  const histogram = mergedHistogram(shards.map((shard) => shard.histogram));
  const judged = shards.flatMap((shard) => shard.judged ?? []);
  return {
    p50: latencyAt(histogram, 0.5),
    p95: latencyAt(histogram, 0.95),
    p99: latencyAt(histogram, 0.99),
    judged:
      judged.length === 0
        ? null
        : {
            good: sumOf(judged.map(({ good }) => good)),
            open: sumOf(judged.map(({ open }) => open)),
            total: sumOf(judged.map(({ total }) => total)),
          },
  };
}

export function mergedHistogram(histograms: LatencyHistogram[]): LatencyHistogram {
  const cut = sumOf(histograms.map((histogram) => histogram.cut));
  const filled = histograms.filter(({ counts }) => counts.length > 0);
  if (filled.length === 0) return { first: 0, counts: [], cut };
  const least = Math.min(...filled.map(({ first }) => first));
  const end = Math.max(...filled.map(({ first, counts }) => first + counts.length));
  const counts = Array.from({ length: end - least }, () => 0);
  for (const { first, counts: some } of filled)
    for (const [i, count] of some.entries())
      counts[first - least + i] = (counts[first - least + i] ?? 0) + count;
  return { first: least, counts, cut };
}

const sumOf = (counts: number[]): number => counts.reduce((sum, count) => sum + count, 0);

function histogramOf(counts: Uint32Array, cut: number): LatencyHistogram {
  const first = counts.findIndex((count) => count > 0);
  const end = 1 + counts.findLastIndex((count) => count > 0);
  return first === -1
    ? { first: 0, counts: [], cut }
    : { first, counts: [...counts.subarray(first, end)], cut };
}

/** The number of all. */
export const countOf = ({ counts, cut }: LatencyHistogram): number => cut + sumOf(counts);

/** How many lie above a value, of its own bucket in proportion. */
export function countAbove(histogram: LatencyHistogram, ms: number): number {
  const { first, counts, cut } = histogram;
  const place = Math.log(1000 * ms) / LOG_GROWTH + 1 - first;
  const bucket = Math.floor(place);
  const own = counts[bucket] ?? 0;
  return cut + sumOf(counts.slice(Math.max(0, bucket + 1))) + (bucket < 0 ? 0 : own * (1 - (place - bucket)));
}

/** The value with a share `p` of all below it, as if those of a bucket lay evenly in it. It is null where none is known. */
export function quantileAt({ first, counts, cut }: LatencyHistogram, p: number): number | null {
  const wanted = p * (cut + sumOf(counts));
  let seen = 0;
  for (const [i, count] of counts.entries()) {
    if (count > 0 && seen + count >= wanted) {
      const share = Math.max(0, (wanted - seen) / count);
      return GROWTH ** (first + i - 1 + share) / 1000;
    }
    seen += count;
  }
  return null;
}

/**
 * The smallest value with at least a share `p` of all at or below it, ms, to 1 %. It is null without values, and
 * where that many were cut before they were known.
 */
export function latencyAt({ first, counts, cut }: LatencyHistogram, p: number): number | null {
  const total = cut + sumOf(counts);
  const rank = Math.max(1, Math.ceil(p * total));
  let seen = 0;
  for (const [i, count] of counts.entries()) {
    seen += count;
    if (seen >= rank) return valueOf(first + i);
  }
  return null;
}
