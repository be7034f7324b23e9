import type { Problem } from "@brimline/core/job/job";
import { keys } from "@brimline/store/keys";
import { ManifestObject } from "../objects/manifest.ts";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import type { EndedLevel } from "../objects/ended-levels.ts";
import { problemOf } from "./problem.ts";

/** How a job ends, and why when it is not completed. */
export interface Outcome {
  state: "completed" | "partial" | "cancelled" | "failed" | "rejected";
  problem: Problem | null;
}

export const CANCELLED: Outcome = { state: "cancelled", problem: problemOf("cancelled") };

/** The outcome that the job's manifest was frozen with. Nothing that comes later changes it. */
export async function frozenOutcome(service: Service, jobId: string): Promise<Outcome | null> {
  const manifest = await readObject(service.data, keys.manifest(jobId), ManifestObject);
  return manifest === null ? null : { state: manifest.state, problem: manifest.problem };
}

/**
 * What the end of the last level means for the job. It is null when the job goes on: after a completed level,
 * and after one whose rate the endpoint could not keep up with, because that is an answer too. A job that
 * measured nothing has failed, not partly completed.
 */
export function outcomeAfter(finished: EndedLevel[]): Outcome | null {
  const ended = finished.at(-1);
  if (ended === undefined || ended.end.state === "completed" || ended.end.summary.isSaturated) return null;
  const last = ended.end;
  if (last.state === "cancelled") return CANCELLED;
  return { state: stateWith(finished), problem: last.problem };
}

/** The outcome of a job that stops before its plan is done. */
export const cutShort = (finished: EndedLevel[], problem: Problem): Outcome => ({
  state: stateWith(finished),
  problem,
});

const stateWith = (finished: EndedLevel[]): "partial" | "failed" =>
  finished.some(({ end }) => end.plan.role !== "warmup" && end.missingShards < end.shards)
    ? "partial"
    : "failed";
