import type { ObjectStore } from "@brimline/store/store";
import type { z } from "zod";

/**
 * The JSON objects that functions leave for one another: each file of this room holds the schema of one, which is
 * checked where the object is read, and what reads it.
 */

/** Reads and checks one object; null where there is none. A body that does not fit its schema is a broken program, so it throws. */
export async function readObject<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const object = await store.get(key);
  return object === null ? null : schema.parse(JSON.parse(object.body.toString("utf8")));
}

/** Writes one object create-once; false where it existed. */
export const createObject = (store: ObjectStore, key: string, value: unknown): Promise<boolean> =>
  store.create(key, JSON.stringify(value), { contentType: "application/json" });

/** Writes one object, replacing what is there. */
export const putObject = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, JSON.stringify(value), { contentType: "application/json" });
