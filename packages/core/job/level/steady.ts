import { z } from "zod";
import { demandOf, type Load } from "../../load.ts";
import { effectiveSizeOfShare } from "../../math/effective-size.ts";
import { countOf, LATENCIES, type LatencyHistogram, type LatencyName } from "../../record/latencies.ts";
import { HalfWidths, halfWidthsOf } from "./precision.ts";
import {
  type JudgedSlice,
  type LevelSlices,
  mergedSlice,
  mergedSlices,
  SLICES,
} from "../../record/slices.ts";

/** Requests that an objective judged, by their numbers, and how many independent ones they are worth. */
const JudgedCount = z.object({ good: z.int(), open: z.int(), total: z.int(), worth: z.number() });
export type JudgedCount = z.infer<typeof JudgedCount>;

/** What the steady part of a level says: about the window from which a report takes its figures. */
export const SteadyCounts = z.object({
  windowS: z.number(),
  /** How many requests were due in it, and how many were done. */
  due: z.int(),
  done: z.int(),
  /** They are null without a bound. */
  ttftMs: JudgedCount.nullable(),
  tpotMs: JudgedCount.nullable(),
  e2eMs: JudgedCount.nullable(),
  /** Where the job asks for precision. */
  halfWidths: HalfWidths.optional(),
});
export type SteadyCounts = z.infer<typeof SteadyCounts>;

/** A window below this many median latencies shows starts and ends, as in `metric/window/window.ts`. */
const SHORTEST_E2E = 3;

/**
 * The counts of a level's steady part, from the slices of its shards. A closed loop is steady one median latency after
 * its ramp, an open one from the first slice on. It is null where that part is too short, or a shard has no slices.
 */
export function steadyCounts(
  shards: (LevelSlices | null)[],
  {
    load,
    percentile,
    medianE2eMs,
    isPrecise = false,
    bounded = LATENCIES,
  }: {
    load: Load;
    percentile: number;
    medianE2eMs: number | null;
    isPrecise?: boolean;
    /** The latencies that the objective judged. The others may have been counted all the same. */
    bounded?: readonly LatencyName[];
  },
): SteadyCounts | null {
  const slices = mergedSlices(shards);
  if (slices === null || medianE2eMs === null) return null;
  const sliceMs = (slices.endMs - slices.startMs) / SLICES;
  const from = demandOf(load).isOpenLoop ? 0 : Math.ceil(medianE2eMs / sliceMs);
  const windowMs = (SLICES - from) * sliceMs;
  if (windowMs < SHORTEST_E2E * medianE2eMs) return null;
  const sum = (counts: number[]): number => counts.slice(from).reduce((total, count) => total + count, 0);
  const judged = (latency: LatencyName): JudgedCount | null =>
    slices[latency] === null || !bounded.includes(latency)
      ? null
      : judgedCount(slices[latency].slice(from), percentile / 100);
  return {
    windowS: windowMs / 1000,
    due: sum(slices.due),
    done: sum(slices.done),
    ttftMs: judged("ttftMs"),
    tpotMs: judged("tpotMs"),
    e2eMs: judged("e2eMs"),
    ...(isPrecise && { halfWidths: halfWidthsOf(slices, from) }),
  };
}

/**
 * What they are worth follows from the share above the percentile, slice by slice, as in a report. Buckets end where
 * they end, so it is the share above the bucket whose end lies nearest to the percentile.
 */
function judgedCount(slices: JudgedSlice[], p: number): JudgedCount {
  const { good, open, histogram } = mergedSlice(slices);
  const total = countOf(histogram);
  const bucket = bucketNearest(histogram, total, p);
  const above = slices.map((slice) => countOf(slice.histogram) - countUpTo(slice.histogram, bucket));
  const worth = effectiveSizeOfShare(
    above,
    slices.map((slice) => countOf(slice.histogram)),
  );
  return { good, open, total, worth };
}

const countUpTo = ({ first, counts }: LatencyHistogram, bucket: number): number =>
  counts.slice(0, Math.max(0, bucket + 1 - first)).reduce((total, count) => total + count, 0);

/** The bucket up to which the share of all lies nearest to `p`, without the last: nothing lies above that. */
function bucketNearest({ first, counts, cut }: LatencyHistogram, total: number, p: number): number {
  const inner = cut > 0 ? counts : counts.slice(0, -1);
  let [seen, nearest, distance] = [0, first - 1, Infinity];
  for (const [i, count] of inner.entries()) {
    seen += count;
    const apart = Math.abs(seen / total - p);
    if (apart <= distance) [nearest, distance] = [first + i, apart];
  }
  return nearest;
}
