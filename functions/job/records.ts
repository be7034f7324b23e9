import type { ObjectStore } from "@brimline/store/store";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

const inflate = promisify(gunzip);

/** The lines of a shard's records. Throws where the object is missing: a shard that is done has written it. */
export async function recordLines(store: ObjectStore, key: string): Promise<string[]> {
  const object = await store.get(key);
  if (object === null) throw new Error(`${key} is missing`);
  return linesOf(await inflate(object.body));
}

export const linesOf = (text: Buffer): string[] =>
  text
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
