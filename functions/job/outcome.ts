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

/** An outcome that a report was already frozen with: what comes later does not change it. */
export async function frozenOutcome(service: Service, jobId: string): Promise<Outcome | null> {
  const manifest = await readObject(service.data, keys.manifest(jobId), ManifestObject);
  return manifest === null ? null : { state: manifest.state, problem: manifest.problem };
}

/**
 * What the last level's end means for the job; null where the job goes on: after one that was completed, and after one whose rate
 * the endpoint could not keep up with, which is an answer. With nothing measured there is nothing partial: it failed.
 */
export function outcomeAfter(finished: EndedLevel[]): Outcome | null {
  const ended = finished.at(-1);
  if (ended === undefined || ended.end.state === "completed" || ended.end.summary.isSaturated) return null;
  const last = ended.end;
  if (last.state === "cancelled") return CANCELLED;
  return { state: stateWith(finished), problem: last.problem };
}

/** A job that stops before its plan is done. */
export const cutShort = (finished: EndedLevel[], problem: Problem): Outcome => ({
  state: stateWith(finished),
  problem,
});

const stateWith = (finished: EndedLevel[]): "partial" | "failed" =>
  finished.some(({ end }) => end.plan.role !== "warmup" && end.missingShards < end.shards)
    ? "partial"
    : "failed";
