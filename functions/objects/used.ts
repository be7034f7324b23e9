import { type AttemptStart, NOTHING_USED, type Used, usedInAll } from "@brimline/core/job/level/attempt";
import { usedBy } from "@brimline/core/job/level/level";
import type { ShardSummary } from "@brimline/core/record/record";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";
import { ProgressObject } from "./progress.ts";

/**
 * What a level used of its job's limits with this attempt and the torn attempts before it. Torn attempts are
 * in no figure, but their requests were sent. `done` holds the summaries of this attempt's shards. A shard
 * without a summary counts by its last progress.
 */
export async function usedByLevel(
  service: Service,
  jobId: string,
  start: AttemptStart,
  done: ShardSummary[],
): Promise<Used> {
  const numbers = new Set(done.map(({ shard }) => shard));
  const lost = Array.from({ length: start.shards }, (_, shard) => shard).filter(
    (shard) => !numbers.has(shard),
  );
  const usedByLost = await atOnce(REQUESTS_AT_ONCE, lost, (shard) =>
    lastProgress(service, jobId, start, shard),
  );
  return usedInAll([start.torn, usedBy(done), ...usedByLost]);
}

async function lastProgress(
  service: Service,
  jobId: string,
  { plan, attempt }: AttemptStart,
  shard: number,
): Promise<Used> {
  const progress = await readObject(service.data, keys.progress(jobId, plan.id, shard), ProgressObject);
  if (progress === null || progress.attempt !== attempt || progress.repeat !== plan.repeat)
    return NOTHING_USED;
  return { requests: progress.ok + progress.failed + progress.inFlight, outputTokens: progress.outputTokens };
}
