import { z } from "zod";
import { demandOf, type Load } from "../../load.ts";
import { FOR_MEANS, halfWidthOfSum } from "../../math/batches.ts";
import { NORMAL } from "../../math/distribution.ts";
import { effectiveSizeOfShare } from "../../math/effective-size.ts";
import { countAbove, countOf, type LatencyHistogram, quantileAt } from "../../record/latencies.ts";
import type { JobSpec } from "../spec/spec.ts";
import { type JudgedSlice, type LevelSlices, mergedSlice } from "../../record/slices.ts";

/**
 * A level of a job that asks for precision runs in parts of one length, which its report puts end to end. After 1, 2, 4,
 * 8 and 16 parts, and only then, it is looked whether its figures are known to so many percent. So there are at most
 * five looks, each at twice the data of the one before, and hardly a chance to stop because an error happened to look
 * small (Glynn and Whitt, The Asymptotic Validity of Sequential Stopping Rules for Stochastic Simulations, Annals of
 * Applied Probability 2, 1992).
 */
export const PARTS_MAX = 16;

/** Half the 95 % interval of each figure of one part, percent of its value. It is null where nothing is known of it. */
export const HalfWidths = z.object({
  /** Of output tokens/s, and of requests/s where answers have none. */
  throughput: z.number().nullable(),
  ttftP50: z.number().nullable(),
  e2eP50: z.number().nullable(),
});
export type HalfWidths = z.infer<typeof HalfWidths>;

/** Of the slices of a level from its steady part on. */
export function halfWidthsOf(slices: LevelSlices, from: number): HalfWidths {
  const { done, outputTokens = done, ttftMs, e2eMs } = slices;
  const brought = outputTokens.some((tokens) => tokens > 0) ? outputTokens : done;
  return {
    throughput: halfOfRate(brought.slice(from)),
    ttftP50: halfOfMedian(ttftMs?.slice(from) ?? []),
    e2eP50: halfOfMedian(e2eMs?.slice(from) ?? []),
  };
}

/** With fewer slices nothing is known of how they vary. */
const LEAST_SLICES = 20;

function halfOfRate(brought: number[]): number | null {
  const total = brought.reduce((sum, one) => sum + one, 0);
  if (brought.length < LEAST_SLICES || total === 0) return null;
  const residuals = brought.map((one) => one - total / brought.length);
  return (100 * halfWidthOfSum(residuals, FOR_MEANS)) / total;
}

function halfOfMedian(slices: JudgedSlice[]): number | null {
  if (slices.length < LEAST_SLICES) return null;
  const { histogram } = mergedSlice(slices);
  const value = quantileAt(histogram, 0.5);
  if (value === null) return null;
  const of = (count: (one: LatencyHistogram) => number): number[] =>
    slices.map((one) => count(one.histogram));
  const worth = effectiveSizeOfShare(
    of((one) => countAbove(one, value)),
    of(countOf),
  );
  // Shares of an interval of the median: ½ ± 1.96 × √(¼ ÷ n).
  const reach = worth === 0 ? 1 : NORMAL / 2 / Math.sqrt(worth);
  const [low, high] = [quantileAt(histogram, 0.5 - reach), quantileAt(histogram, 0.5 + reach)];
  return low === null || high === null ? null : (50 * (high - low)) / value;
}

/**
 * Half the intervals of all parts together: they are alike, and know nothing of one another. At a rate the throughput
 * is what was asked, so it is not waited for; nor is a figure that no part has.
 */
export function knownTo(parts: HalfWidths[], load: Load): number | null {
  const figures = (["throughput", "ttftP50", "e2eP50"] as const).filter(
    (name) => name !== "throughput" || !demandOf(load).isOpenLoop,
  );
  const halves = figures.flatMap((name) => {
    const known = parts.flatMap((part) => part[name] ?? []);
    if (known.length === 0) return [];
    return [known.length < parts.length ? Infinity : Math.hypot(...known) / known.length];
  });
  const widest = Math.max(...halves);
  return Number.isFinite(widest) ? widest : null;
}

export type Precision = NonNullable<JobSpec["precision"]>;

/** How many parts a level is to have, which are as many as it has where it is done. */
export function partsWanted(
  parts: (HalfWidths | null)[],
  { load, durationS }: { load: Load; durationS: number },
  { percent, withinS }: Precision,
): number {
  const ran = parts.length;
  if (ran === 0) return 1;
  const isLook = Number.isInteger(Math.log2(ran));
  if (!isLook) return 2 ** Math.ceil(Math.log2(ran));
  const half = knownTo(
    parts.flatMap((part) => part ?? []),
    load,
  );
  const isSure = half !== null && half <= percent && parts.every((part) => part !== null);
  const next = 2 * ran;
  return isSure || next > PARTS_MAX || next * durationS > withinS ? ran : next;
}
