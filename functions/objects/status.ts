import { hasEnded, JobComparison, JobState, Progress } from "@brimline/core/job/state/job";
import { Problem } from "@brimline/core/job/state/problem";
import { Verdict } from "@brimline/core/job/state/verdict";
import { Load } from "@brimline/core/load";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { putObject, readObject } from "./object.ts";

/**
 * `jobs/<id>/status.json`: what the workflow knows. The counters of a running level lie below `progress/`.
 */
export const StatusObject = z.object({
  schema: z.literal("brimline.status/1"),
  state: JobState,
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  levelId: z.string().nullable(),
  /** Which run of the level it is, from 0. */
  repeat: z.int().default(0),
  load: Load.nullable(),
  endsAt: z.string().nullable(),
  levelsDone: z.int(),
  levels: z.int().nullable(),
  ended: Progress.shape.ended,
  problem: Problem.nullable(),
  /** It is null before the end, and in a status that was written before this field was there. */
  verdict: Verdict.nullable().default(null),
  comparison: JobComparison.nullable().default(null),
  /** Whether `report.json` exists. */
  hasReport: z.boolean(),
  /** Whether the page is published. A private job has none. */
  hasPage: z.boolean(),
  /** Whether the page of the comparison with its baseline is. */
  hasComparison: z.boolean().default(false),
});
export type StatusObject = z.infer<typeof StatusObject>;

const UNKNOWN: StatusObject = {
  schema: "brimline.status/1",
  state: "queued",
  startedAt: null,
  finishedAt: null,
  levelId: null,
  repeat: 0,
  load: null,
  endsAt: null,
  levelsDone: 0,
  levels: null,
  ended: [],
  problem: null,
  verdict: null,
  comparison: null,
  hasReport: false,
  hasPage: false,
  hasComparison: false,
};

/**
 * Writes what changed in a job's status. States only go forward: a job that is started again after a crash
 * keeps the state that it had reached, and a job that has ended keeps its end. `known` is the status if it
 * was read just before.
 */
export async function setStatus(
  service: Service,
  jobId: string,
  change: Partial<StatusObject>,
  known?: StatusObject,
): Promise<StatusObject> {
  const before = known ?? (await statusOf(service, jobId));
  if (hasEnded(before.state)) return before;
  const state =
    change.state !== undefined && rank(change.state) > rank(before.state) ? change.state : before.state;
  const after = { ...before, ...change, state };
  await putObject(service.data, keys.status(jobId), after);
  return after;
}

/** Writes which pages an ended job has now. Nothing else of its status changes any more. */
export async function setPages(
  service: Service,
  jobId: string,
  { hasPage, hasComparison }: { hasPage: boolean; hasComparison: boolean },
): Promise<void> {
  const status = await statusOf(service, jobId);
  if (!hasEnded(status.state)) return;
  if (status.hasPage !== hasPage || status.hasComparison !== hasComparison)
    await putObject(service.data, keys.status(jobId), { ...status, hasPage, hasComparison });
}

export const statusOf = async (service: Service, jobId: string): Promise<StatusObject> =>
  (await readObject(service.data, keys.status(jobId), StatusObject)) ?? UNKNOWN;

const rank = (state: JobState): number => JobState.options.indexOf(state);
