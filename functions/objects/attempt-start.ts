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

/** What counts against a job's limits. */
export const Used = z.object({ requests: z.int(), outputTokens: z.int() });
export type Used = z.infer<typeof Used>;

/** `raw/…/attempt.json`, the attempt start: what one attempt at a level is to do. */
export const AttemptStart = z.object({
  schema: z.literal("brimline.attempt/1"),
  /** Its duration is already cut to what the limits leave. */
  plan: LevelPlan,
  attempt: z.int(),
  shards: z.int(),
  t0UnixMs: z.number(),
  /**
   * How its prompts get the asked number of tokens. All shards use the same, and all levels after the
   * warm-up.
   */
  calibration: Calibration.default(DEFAULT_CALIBRATION),
  /** The largest E2E of the warm-up's ok requests, ms. It bounds the drain. */
  largestE2eMs: z.number().nullable(),
  /** Whether a limit of the job, or a cap of the service, made the plan's duration shorter. */
  isCut: z.boolean(),
  /** What the job's limits leave to all shards together; null means no such limit. */
  budget: z.object({ requests: z.int().nullable(), outputTokens: z.int().nullable() }),
  /** The largest number of open requests of one shard: its part of the service's cap on a level. */
  maxOpen: z.int().optional(),
  /** What earlier, torn attempts at this level used of the job's limits. */
  torn: Used.default({ requests: 0, outputTokens: 0 }),
  /** A shard that is not done by this time is lost, Unix ms. */
  lostAfterUnixMs: z.number(),
});
export type AttemptStart = z.infer<typeof AttemptStart>;
