import { Calibration, DEFAULT_CALIBRATION } from "@brimline/core/job/calibration";
import { Load } from "@brimline/core/load";
import { z } from "zod";

export const LevelPlan = z.object({
  id: z.string(),
  role: z.enum(["warmup", "measured", "search"]),
  load: Load,
  stop: z.object({ durationS: z.number().nullable(), requests: z.int().nullable() }),
  rampS: z.number(),
  repeat: z.int(),
});

/** What was taken of a job's limits. */
export const Used = z.object({ requests: z.int(), outputTokens: z.int() });
export type Used = z.infer<typeof Used>;

/** `raw/…/attempt.json`: what one attempt at a level is to do. */
export const AttemptStart = z.object({
  schema: z.literal("brimline.attempt/1"),
  /** Already cut to what the job's limits leave. */
  plan: LevelPlan,
  attempt: z.int(),
  shards: z.int(),
  t0UnixMs: z.number(),
  /** How its prompts are cut to the asked tokens: the same for every shard, and for every level after the warm-up. */
  calibration: Calibration.default(DEFAULT_CALIBRATION),
  /** Of the warm-up; bounds the drain. */
  largestE2eMs: z.number().nullable(),
  /** The time of the plan is what a limit of the job leaves, or of the service. */
  isCut: z.boolean(),
  /** What the job's limits leave, over all shards; null = no such limit. */
  budget: z.object({ requests: z.int().nullable(), outputTokens: z.int().nullable() }),
  /** The most requests that a shard may have open, by what the service allows a level. */
  maxOpen: z.int().optional(),
  /** What the attempts at this level before it took, which were torn. */
  torn: Used.default({ requests: 0, outputTokens: 0 }),
  /** Nothing of the attempt may last longer; a shard that does is lost. */
  lostAfterUnixMs: z.number(),
});
export type AttemptStart = z.infer<typeof AttemptStart>;
