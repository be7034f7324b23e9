import { hasEnded, JobState } from "@brimline/core/job/job";
import { keys } from "@brimline/store/keys";
import { putObject, readObject, StatusObject } from "../objects.ts";
import type { Service } from "../service.ts";

const UNKNOWN: StatusObject = {
  schema: "brimline.status/1",
  state: "queued",
  startedAt: null,
  finishedAt: null,
  levelId: null,
  load: null,
  endsAt: null,
  levelsDone: 0,
  levels: null,
  problem: null,
  hasReport: false,
  hasPage: false,
};

/**
 * Writes what changed of a job's status. Forward only: a job that was started again after a crash keeps the state it had reached,
 * and one that has ended keeps its end.
 */
export async function setStatus(
  service: Service,
  jobId: string,
  change: Partial<StatusObject>,
): Promise<StatusObject> {
  const before = await statusOf(service, jobId);
  if (hasEnded(before.state)) return before;
  const state =
    change.state !== undefined && rank(change.state) > rank(before.state) ? change.state : before.state;
  const after = { ...before, ...change, state };
  await putObject(service.data, keys.status(jobId), after);
  return after;
}

export const statusOf = async (service: Service, jobId: string): Promise<StatusObject> =>
  (await readObject(service.data, keys.status(jobId), StatusObject)) ?? UNKNOWN;

const rank = (state: JobState): number => JobState.options.indexOf(state);
