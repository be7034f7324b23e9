import { z } from "zod";
import { normalFrom } from "../random.ts";
import type { ArrivalPattern } from "./arrival.ts";
import { dueByGaps, exponentialFrom } from "./gaps.ts";

/**
 * Below this value nearly all requests would come in one burst, and the level would say nothing about its
 * rate.
 */
const BURSTINESS_MIN = 0.05;

interface Own {
  burstiness: number | null;
}
const shapeOf = ({ burstiness }: Own): number => burstiness ?? 1;

/**
 * Gaps are gamma with shape = burstiness and mean 1 / rate, as in vLLM's benchmark. A burstiness of 1 is
 * Poisson; with less, requests come in bursts, and with more, more evenly. The coefficient of variation of
 * the gaps is 1 / √burstiness.
 */
export const gamma = {
  asked: {
    burstiness: z.number().min(BURSTINESS_MIN, `must be at least ${BURSTINESS_MIN}`).max(100).optional(),
  },
  kept: { burstiness: z.number().nullable().default(null) },
  keep: ({ burstiness = 1 }: { burstiness?: number | undefined }) => ({ burstiness }),
  dispersion: (load: Own) => 1 / shapeOf(load),
  dueTimes: (name, load, durationMs) =>
    dueByGaps(name, load.ratePerS, durationMs, (random) => gammaFrom(random, shapeOf(load))),
} satisfies ArrivalPattern<Own>;

/**
 * A gamma value with this shape and scale 1 (Marsaglia and Tsang, 2000). Below shape 1 it is their value of
 * shape + 1, times U^(1/shape).
 */
export function gammaFrom(random: () => number, shape: number): number {
  if (shape === 1) return exponentialFrom(random);
  if (shape < 1) return gammaFrom(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = normalFrom(random);
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - random()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
