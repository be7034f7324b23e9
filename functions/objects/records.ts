import type { RequestRecord } from "@brimline/core/record/record";
import { recordsOf } from "@brimline/store/records";
import type { ObjectStore } from "@brimline/store/store";

/**
 * The records of a shard. It throws when the object is missing or damaged, because a shard that is done has
 * written it whole.
 */
export async function shardRecords(store: ObjectStore, key: string): Promise<RequestRecord[]> {
  const object = await store.get(key);
  if (object === null) throw new Error(`${key} is missing`);
  return [...recordsOf(object.body)];
}
