import { z } from "zod";
import { byRequest } from "../metric/by-request.ts";
import {
  doneBySlice,
  type Influence as Found,
  ofMean,
  ofPercentile,
  ofRatio,
  requestInfluences,
} from "../metric/influence.ts";
import { e2eMs, tpotMs, ttftMs } from "../metric/statistics/latency.ts";
import { isSliced } from "../metric/statistics/mean.ts";
import type { SteadyRun } from "../metric/window/run.ts";
import type { FigureKey } from "./catalogue.ts";
import type { Measured } from "./figures/measured.ts";
import type { BegunRun } from "./level.ts";
import type { Level } from "./schema.ts";

/**
 * influences.json, schema `brimline.influences/1`: what each slice of a window moves the logarithm of a figure by, and
 * what each request of it was, for each run of the measured levels. A report's intervals are of one report. Two that were asked the same have noise in
 * common, and this is what takes it out.
 */
const Influence = z.object({
  /** The logarithm of the figure; of a percentile, of the values around it. */
  log: z.number(),
  bySlice: z.array(z.number()),
  /** The logarithm if every value is as low, and as high, as merged chunks let it be. Without them there is none. */
  ends: z.object({ low: z.number(), high: z.number() }).optional(),
});

/** See `metric/by-request.ts`. */
const Requests = z.object({
  first: z.int(),
  step: z.int().min(1),
  due: z.base64(),
  ttftMs: z.base64(),
  tpotMs: z.base64(),
  e2eMs: z.base64(),
  tokens: z.base64(),
});

export const Influences = z.object({
  schema: z.literal("brimline.influences/1"),
  job: z.string(),
  levels: z.array(
    z.object({
      id: z.string(),
      runs: z.array(
        z.object({
          repeat: z.int(),
          /** By the figure, such as "ttftMs.p95". One without a value has none. */
          figures: z.record(z.string(), Influence),
          /** What its requests were, by their index. Reports of before lack it. */
          requests: Requests.nullable().default(null),
        }),
      ),
    }),
  ),
});
export type Influences = z.infer<typeof Influences>;

const LATENCIES = { ttftMs, tpotMs, e2eMs } as const;
const PERCENTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
/** An influence is a small share, and its noise is far above this. */
const DIGITS = 4;

interface MadeLevel {
  begun: BegunRun[];
  measured: Measured;
  level: Pick<Level, "id">;
}

export const influencesOf = (job: string, levels: MadeLevel[]): Influences => ({
  schema: "brimline.influences/1",
  job,
  levels: levels.map(levelInfluences),
});

export const levelInfluences = ({ begun, measured, level }: MadeLevel): Influences["levels"][number] => ({
  id: level.id,
  runs: begun.flatMap(({ input, run }) => {
    const steady = measured.steady.runs.find((one) => one === run);
    return steady === undefined
      ? []
      : [
          {
            repeat: input.plan.repeat,
            figures: runInfluences(measured, steady),
            requests: byRequest(steady, begun.length),
          },
        ];
  }),
});

/** The influences of one run. It is empty where the window has no slices. */
function runInfluences({ streams, collected, energies }: Measured, run: SteadyRun): Record<string, Found> {
  const found = new Map<FigureKey, Found | null>();
  if (!isSliced(run.window)) return {};
  found.set("requestsPerS", ofRatio(doneBySlice(run)));
  const tokens = collected.output.bySlice(run);
  if (streams) found.set("outputTokensPerS", ofRatio(tokens));
  const joules = energies?.get(run)?.slicesJ ?? null;
  if (streams && joules !== null)
    found.set("joulePerOutputToken", ofRatio(joules.map((sum, i) => ({ sum, weight: tokens[i]?.sum ?? 0 }))));
  for (const [name, valueOf] of Object.entries(LATENCIES)) {
    const latency = name as keyof typeof LATENCIES;
    const influenceOf = streams || latency === "e2eMs" ? requestInfluences(run, valueOf) : null;
    if (influenceOf === null) continue;
    found.set(`${latency}.mean`, influenceOf(ofMean));
    for (const [statistic, p] of Object.entries(PERCENTILES))
      found.set(
        `${latency}.${statistic as keyof typeof PERCENTILES}`,
        influenceOf((values) => ofPercentile(values, p)),
      );
  }
  return Object.fromEntries(
    [...found].flatMap(([key, influence]) => (influence === null ? [] : [[key, short(influence)]])),
  );
}

const short = ({ log, bySlice, ends }: Found): Found => ({
  log: exactly(log),
  bySlice: bySlice.map((one) => Number(one.toPrecision(DIGITS))),
  ...(ends !== undefined && { ends: { low: exactly(ends.low), high: exactly(ends.high) } }),
});

/** A difference of two logarithms must show a change of a millionth. */
const exactly = (log: number): number => Number(log.toPrecision(10));
