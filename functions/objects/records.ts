import { gzipMembers } from "@brimline/store/members";
import type { ObjectStore } from "@brimline/store/store";

/**
 * The lines of a shard's records. It throws when the object is missing or damaged, because a shard that is
 * done has written it whole.
 */
export async function recordLines(store: ObjectStore, key: string): Promise<string[]> {
  const object = await store.get(key);
  if (object === null) throw new Error(`${key} is missing`);
  return gzipMembers(object.body)
    .flatMap((text) => text.toString("utf8").split("\n"))
    .filter((line) => line !== "")
    .toArray();
}
