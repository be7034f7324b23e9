import { z } from "zod";
import { Load } from "../../load.ts";

/** What a level is to do. */
export const LevelPlan = z.object({
  id: z.string(),
  role: z.enum(["warmup", "measured"]),
  load: Load,
  stop: z.object({ durationS: z.number().nullable(), requests: z.int().nullable() }),
  rampS: z.number(),
  repeat: z.int(),
});
export type LevelPlan = z.infer<typeof LevelPlan>;

/** Whether the level counts as one that was asked for. The warm-up does not. */
export const isMeasured = ({ plan }: { plan: Pick<LevelPlan, "role"> }): boolean => plan.role !== "warmup";
