import type { RequestRecord } from "@brimline/core/record/record";
import { finished } from "./lambda/job.ts";
import type { ObjectStore } from "@brimline/store/store";
import { type PlausibleEnd, plausibleLevel } from "@brimline/testkit/plausible-job";
import { plausibleRecords } from "@brimline/testkit/plausible";

const USERS_PER_SHARD = 250;

/**
 * Writes one level of plausible requests into a bucket, a shard at a time, after `prepare` has written the
 * job for this many users. It gives the number of users.
 */
export async function largeLevel(
  data: ObjectStore,
  jobId: string,
  { requests, chunks, shards }: { requests: number; chunks: number; shards: number },
  prepare: (users: number) => Promise<void>,
): Promise<number> {
  const users = USERS_PER_SHARD * shards;
  await prepare(users);
  const recordsOf = (shard: number): Iterable<RequestRecord> =>
    plausibleRecords({ shard, shards, requests: requests / shards, chunks, users: USERS_PER_SHARD });
  const ends = Array.from({ length: shards }, (_, shard) => endOf(recordsOf(shard)));
  const { plan, summaries } = plausibleLevel(ends, users);
  await finished(data, jobId, {
    plan,
    shards: summaries.map((summary, shard) => ({ summary, records: recordsOf(shard) })),
  });
  return users;
}

function endOf(records: Iterable<RequestRecord>): PlausibleEnd {
  const end = { requests: 0, endMs: 0 };
  for (const { doneMs } of records) {
    end.requests++;
    end.endMs = Math.max(end.endMs, doneMs ?? 0);
  }
  return end;
}
