import { z } from "zod";
import { Change, Reason } from "../codes.ts";
import { Figure } from "../figure.ts";
import { Load } from "../load.ts";
import { RUN_FIGURES, type FigureKey } from "../report/catalogue.ts";

const Side = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  model: z.string(),
  tags: z.array(z.string()),
});

/** One figure at one load, in both reports. */
export const ComparedFigure = z.object({
  load: Load,
  /** The level's id in each report. */
  levels: z.object({ a: z.string(), b: z.string() }),
  /** Such as "ttftMs.p95". */
  figure: z.string(),
  /** As the two reports give it. */
  a: Figure,
  b: Figure,
  /**
   * `twins` where both levels asked the same request by request, so that what they have in common is taken out of
   * the change and its interval; `independent` where the two intervals add up. It is null where the figure is not known in both.
   */
  pairing: z.enum(["twins", "independent"]).nullable(),
  /** What `change` is in: percent of the first report's, or percentage points of a figure that is a percentage. */
  unit: z.enum(["percent", "points"]),
  /** How much larger the second is, with its 95 % interval. A side that is not bounded is null. */
  change: z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() }).nullable(),
  /**
   * The smallest change that nine of ten such pairs find: in the gate it is not within the margin, either. It is null
   * where nothing would be found.
   */
  smallest: z.number().nullable(),
  /** Why the figure is not known, or is to be read with care, in either report. */
  reasons: z.array(Reason),
});
export type ComparedFigure = z.infer<typeof ComparedFigure>;

export const GateFigure = ComparedFigure.extend({
  verdict: Change,
  /** How likely so large a change is where nothing has changed, corrected for all figures of the gate (Holm). */
  p: z.number().nullable(),
});
export type GateFigure = z.infer<typeof GateFigure>;

/** comparison.json, schema `brimline.comparison/1`. It only grows, as the report does. */
export const Comparison = z.object({
  schema: z.literal("brimline.comparison/1"),
  /** The first report is the baseline, and the second is what is judged. */
  a: Side,
  b: Side,
  /** A change of less than this does not matter, percent (or points). */
  marginPercent: z.number(),
  verdict: Change,
  /** It all in words, the worst first. */
  sentence: z.string(),
  /** What to run to find a smaller change. It is null where the margin itself would be found. */
  next: z.string().nullable(),
  /** What else is not the same in both jobs, in words. */
  differs: z.array(z.string()),
  /** Why the reports are compared as independent ones. It is null where they are twins. */
  whyIndependent: z.string().nullable(),
  /** The figures that decide, at each load that both reports have. */
  gate: z.array(GateFigure),
  /** Other figures, which decide nothing. */
  detail: z.array(ComparedFigure),
});
export type Comparison = z.infer<typeof Comparison>;

/** The figures of the gate are those that each run has too, of output where there is some, and of requests else. */
export const GATE: FigureKey[] = Object.values(RUN_FIGURES);

/**
 * Of twins these decide as well. The median is that of what each request changed by (`by-request.ts`). Where users wait
 * for their answers, what chance does to one request moves all that come after it: two runs of one endpoint put other
 * requests together, for minutes, and means of TTFT differ by that more than any window shows.
 */
export const GATE_OF_TWINS: Record<"users" | "rate", FigureKey[]> = {
  users: ["ttftMs.p50", "tpotMs.mean"],
  rate: ["ttftMs.mean", "ttftMs.p50", "tpotMs.mean"],
};

export const DETAIL: FigureKey[] = [
  "inputTokensPerS",
  ...(["ttftMs", "tpotMs", "e2eMs"] as const).flatMap((name) =>
    (["mean", "p50", "p90", "p95", "p99"] as const).map((statistic): FigureKey => `${name}.${statistic}`),
  ),
  "chunkGapMs.p50",
  "chunkGapMs.p95",
  "chunkGapMs.p99",
  "mfuPercent",
  "usdPerMOutputTokens",
];
