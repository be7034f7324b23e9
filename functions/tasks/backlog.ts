import { JobState } from "@brimline/core/job/state/job";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { statusOf } from "../objects/status.ts";
import type { Service } from "../service.ts";

/** How many jobs that have not ended are in each state. Only their markers are listed, whose number has a cap. */
export async function openByState(service: Service): Promise<Map<JobState, number>> {
  const ids = await Array.fromAsync(listAll(service.data, keys.openPrefix), (key) =>
    key.slice(keys.openPrefix.length),
  );
  const states = await atOnce(REQUESTS_AT_ONCE, ids, async (id) => (await statusOf(service, id)).state);
  const open = JobState.options.slice(0, JobState.options.indexOf("completed"));
  return new Map(open.map((state) => [state, states.filter((each) => each === state).length]));
}

/** How many events a webhook is still to be told of. */
export const backlog = async (service: Service): Promise<number> =>
  (await Array.fromAsync(listAll(service.data, keys.outboxPrefix))).length;
