import { z } from "zod";
import { createLatencyCounter, LatencyHistogram, type LatencyName, mergedHistogram } from "./latencies.ts";

/** The slices of a level, which show how much its requests lean on one another. */
export const SLICES = 60;

/** What an objective judged of one latency in a slice. One that failed, or shows nothing, ranks above all others. */
const JudgedSlice = z.object({ good: z.int(), open: z.int(), histogram: LatencyHistogram });
export type JudgedSlice = z.infer<typeof JudgedSlice>;

/**
 * What happened in sixty equal slices of a level, ms from T0: how many requests were due in each and how many were
 * done, and what the objective judged of those that were due. Shards of a level have the same slices, so they add up.
 */
export const LevelSlices = z.object({
  startMs: z.number(),
  endMs: z.number(),
  due: z.array(z.int()),
  done: z.array(z.int()),
  /** Of the ok requests that were done in each, where the job asks for precision. */
  outputTokens: z.array(z.int()).optional(),
  /** It is null without a bound, unless the job asks for precision. */
  ttftMs: z.array(JudgedSlice).nullable(),
  tpotMs: z.array(JudgedSlice).nullable(),
  e2eMs: z.array(JudgedSlice).nullable(),
});
export type LevelSlices = z.infer<typeof LevelSlices>;

/** Counts one latency's judged requests by slice. Infinity stands for a latency that nobody knows. */
export interface SliceJudge {
  add(slice: number, ms: number, judged: "good" | "open" | "beyond"): void;
  slices(): JudgedSlice[];
}

export function createSliceJudge(): SliceJudge {
  const slices = Array.from({ length: SLICES }, () => ({
    good: 0,
    open: 0,
    counter: createLatencyCounter(),
  }));
  return {
    add(index, ms, judged) {
      const slice = slices[index];
      if (slice === undefined) return;
      slice.counter.add(ms);
      if (judged !== "beyond") slice[judged]++;
    },
    slices: () => slices.map(({ good, open, counter }) => ({ good, open, histogram: counter.histogram() })),
  };
}

/** The slice of a moment. It is below 0 or not below `SLICES` where the moment lies in none. */
export const sliceAt = ({ startMs, endMs }: Pick<LevelSlices, "startMs" | "endMs">, atMs: number): number =>
  Math.floor(((atMs - startMs) / (endMs - startMs)) * SLICES);

/** The slices of a level, from those of its shards. It is null where one has none. */
export function mergedSlices(shards: (LevelSlices | null)[]): LevelSlices | null {
  const [first] = shards;
  const all = shards.filter((shard) => shard !== null);
  if (first == null || all.length < shards.length) return null;
  const sums = (of: "due" | "done" | "outputTokens"): number[] =>
    (first[of] ?? []).map((_, i) => all.reduce((sum, shard) => sum + (shard[of]?.[i] ?? 0), 0));
  const judged = (of: LatencyName): JudgedSlice[] | null =>
    first[of]?.map((_, i) => mergedSlice(all.flatMap((shard) => shard[of]?.[i] ?? []))) ?? null;
  const { startMs, endMs } = first;
  return {
    startMs,
    endMs,
    due: sums("due"),
    done: sums("done"),
    ...(first.outputTokens !== undefined && { outputTokens: sums("outputTokens") }),
    ttftMs: judged("ttftMs"),
    tpotMs: judged("tpotMs"),
    e2eMs: judged("e2eMs"),
  };
}

export const mergedSlice = (slices: JudgedSlice[]): JudgedSlice => ({
  good: slices.reduce((sum, { good }) => sum + good, 0),
  open: slices.reduce((sum, { open }) => sum + open, 0),
  histogram: mergedHistogram(slices.map(({ histogram }) => histogram)),
});
