import { z } from "zod";
import { Load } from "../load.ts";
import { DETAIL, GATE } from "../compare/schema.ts";
import type { FigureKey } from "../report/catalogue.ts";

/** The figures of a trend, unless one is named: those that decide a comparison, and the means. */
export const TREND_FIGURES: FigureKey[] = [...GATE, "ttftMs.mean", "tpotMs.mean"];

/** The figures of which a trend may be asked for. */
export const TRENDED: FigureKey[] = [...new Set([...TREND_FIGURES, ...DETAIL])];

const Interval = z.object({ value: z.number(), low: z.number(), high: z.number() });

const TrendJob = z.object({ id: z.string(), name: z.string(), createdAt: z.string() });
export type TrendJob = z.infer<typeof TrendJob>;

/** From one job on, a figure has been another. */
export const Step = z.object({
  /** The place of the first job after it, in the trend's list of jobs. */
  at: z.int(),
  /** That job, and the last one before it with a value. The cause lies between the two. */
  since: TrendJob,
  before: TrendJob,
  verdict: z.enum(["better", "worse"]),
  /** The means of the stretches before and after it. */
  from: z.number(),
  to: z.number(),
  /** How much larger the second is, with its 95 % interval, in the unit of the series. */
  change: Interval,
  /** How likely so clear a step is where there is none, by permutations. */
  chance: z.number(),
});
export type Step = z.infer<typeof Step>;

/** One figure at one load, over all jobs. */
export const Series = z.object({
  load: Load,
  /** Such as "ttftMs.p95". */
  figure: z.string(),
  /** What changes and noise are in: percent, or percentage points of a figure that is a percentage. */
  unit: z.enum(["percent", "points"]),
  /** The value of each job with its 95 % interval. It is null where the job has none that may be used. */
  points: z.array(
    z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable(),
  ),
  /** What jobs between two steps differ by: the standard deviation, percent or points. It is null for a single job. */
  noise: z.number().nullable(),
  /** Whether there are enough jobs to look for a step. */
  isJudged: z.boolean(),
  steps: z.array(Step),
});
export type Series = z.infer<typeof Series>;

/** trend.json, schema `brimline.trend/1`: the like jobs with a tag, and since when a figure has been another. */
export const Trend = z.object({
  schema: z.literal("brimline.trend/1"),
  tag: z.string(),
  model: z.string(),
  /** It all in words, the newest step first. */
  sentence: z.string(),
  /** What to know of how the jobs fit together, in words. */
  notes: z.array(z.string()),
  /** The jobs, oldest first. */
  jobs: z.array(TrendJob),
  /** How many jobs with the tag measure something else than the newest one does, and why the newest of them does. */
  unlike: z.object({ count: z.int(), why: z.string().nullable() }),
  series: z.array(Series),
});
export type Trend = z.infer<typeof Trend>;
