import { z } from "zod";
import type { LevelPlan } from "./plan.ts";

/**
 * A part of a level's time that one set of shards carries, where no function may last as long as the level: the next leg begins as it
 * ends. All legs share the level's T0, schedule and seed. Times in ms from T0.
 */
export const Leg = z.object({
  /** 0 for the first. */
  number: z.int(),
  startMs: z.number(),
  /** When it sends no more; null where only the number of its requests ends it. */
  endMs: z.number().nullable(),
  /** Closed loop: over how long its users begin. */
  rampMs: z.number(),
});
export type Leg = z.infer<typeof Leg>;

/** Users who took over at one moment would wait in step from then on. */
const RAMP_MAX_MS = 30_000;
/** So long its last requests may run on behind a leg of `maxS`. */
const DRAIN_MS = 30_000;

/**
 * The legs of a level: one where it lasts no longer than `maxS`, else as few as can be, of one length, but that a ramp is never handed
 * over. A later leg's users begin over `e2eMs`, about as long as those of the one before it take to end, at most 30 s; where answers take
 * longer than that, legs are so much shorter, down to a half. A level that ends by its requests has one leg: nobody knows how many were
 * sent when another begins.
 */
export function legsOf(
  { stop, rampS }: Pick<LevelPlan, "stop" | "rampS">,
  { maxS, e2eMs }: { maxS: number; e2eMs: number | null },
): Leg[] {
  const whole = wholeLevel({ stop, rampS });
  const { endMs, rampMs } = whole;
  const maxMs = 1000 * maxS;
  if (endMs === null || endMs <= maxMs || stop.requests !== null) return [whole];
  const count = Math.ceil(endMs / Math.max(maxMs / 2, maxMs - Math.max(0, (e2eMs ?? 0) - DRAIN_MS)));
  const firstEndMs = Math.max(endMs / count, rampMs);
  const lengthMs = (endMs - firstEndMs) / (count - 1);
  const takenOverMs = Math.min(e2eMs ?? rampMs, RAMP_MAX_MS, lengthMs / 2);
  return Array.from({ length: count }, (_, number) => ({
    number,
    startMs: number === 0 ? 0 : firstEndMs + (number - 1) * lengthMs,
    endMs: number === count - 1 ? endMs : firstEndMs + number * lengthMs,
    rampMs: number === 0 ? rampMs : takenOverMs,
  }));
}

/** A level in one leg. */
export function wholeLevel({ stop, rampS }: Pick<LevelPlan, "stop" | "rampS">): Leg {
  const rampMs = 1000 * rampS;
  return {
    number: 0,
    startMs: 0,
    endMs: stop.durationS === null ? null : rampMs + 1000 * stop.durationS,
    rampMs,
  };
}

/** So many requests of a level are kept for each leg of a closed loop: more than any can send, so that no index and no prompt comes twice. */
export const LEG_INDICES = 1e9;

/** What one leg may spend of a level's budget, by its share of the level's time: no leg knows yet what the one before it has spent. */
export function budgetOf<B extends { requests: number | null; outputTokens: number | null }>(
  budget: B,
  leg: Leg,
  legs: Leg[],
): B {
  const levelMs = legs.at(-1)?.endMs ?? null;
  if (legs.length === 1 || leg.endMs === null || levelMs === null) return budget;
  const share = (leg.endMs - leg.startMs) / levelMs;
  const partOf = (amount: number | null): number | null =>
    amount === null ? null : Math.floor(amount * share);
  return { ...budget, requests: partOf(budget.requests), outputTokens: partOf(budget.outputTokens) };
}

/** Which leg a shard of an attempt belongs to, and its number there: shards are numbered leg after leg. Throws where there is no such shard. */
export function placeOf(
  shard: number,
  shards: number,
  legs: Leg[],
): { leg: Leg; shard: number; shards: number } {
  const perLeg = shards / legs.length;
  const leg = legs[Math.floor(shard / perLeg)];
  if (leg === undefined) throw new RangeError(`there is no shard ${shard} of ${shards}`);
  return { leg, shard: shard % perLeg, shards: perLeg };
}
