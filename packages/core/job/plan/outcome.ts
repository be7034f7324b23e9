import { type LevelEnd } from "../level/attempt.ts";
import { isMeasured } from "../level/level-plan.ts";
import { type Problem, problemOf } from "../state/problem.ts";

/** How a job ends, and why when it is not completed. */
export interface Outcome {
  state: "completed" | "partial" | "cancelled" | "failed" | "rejected";
  problem: Problem | null;
}

export const COMPLETED: Outcome = { state: "completed", problem: null };
export const CANCELLED: Outcome = { state: "cancelled", problem: problemOf("cancelled") };

/**
 * What the end of the last level means for the job. It is null when the job goes on: after a completed level,
 * and after one whose rate the endpoint could not keep up with, because that is an answer too.
 */
export function outcomeAfter(ended: LevelEnd[]): Outcome | null {
  const last = ended.at(-1);
  if (last === undefined || last.state === "completed" || last.counters.isSaturated) return null;
  return last.state === "cancelled" ? CANCELLED : cutShort(ended, last.problem);
}

/**
 * The outcome of a job that stops before its plan is done. A job that measured nothing has failed, not partly
 * completed.
 */
export const cutShort = (ended: LevelEnd[], problem: Problem | null): Outcome => ({
  state: ended.some((level) => isMeasured(level) && level.missingShards < level.shards)
    ? "partial"
    : "failed",
  problem,
});
