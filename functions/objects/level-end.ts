import { Problem } from "@brimline/core/job/job";
import { Load } from "@brimline/core/load";
import { z } from "zod";
import { LevelPlan, Used } from "./attempt-start.ts";

const LevelState = z.enum(["completed", "stopped", "cancelled", "failed"]);

const LevelSummary = z.object({
  id: z.string(),
  role: LevelPlan.shape.role,
  load: Load,
  repeat: z.int(),
  state: LevelState,
  ok: z.int(),
  failed: z.int(),
  medianE2eMs: z.number().nullable(),
  inFlight: z.number().nullable(),
  outputTokensPerS: z.number().nullable(),
  sloMet: z.boolean().nullable(),
  isSaturated: z.boolean(),
});

/** `raw/…/level.json`: how one attempt at a level ended. */
export const LevelEndObject = z.object({
  schema: z.literal("brimline.level/1"),
  plan: LevelPlan,
  attempt: z.int(),
  t0UnixMs: z.number(),
  state: LevelState,
  problem: Problem.nullable(),
  shards: z.int(),
  missingShards: z.int(),
  /**
   * What the job plans its next levels by. It is stored because a long job would otherwise read all shards
   * again after every level.
   */
  summary: LevelSummary,
  /** What the level used of the job's limits, its torn attempts included. */
  used: Used,
});
export type LevelEndObject = z.infer<typeof LevelEndObject>;
