import type { ObjectStore } from "@brimline/store/store";
import type { z } from "zod";

/**
 * The JSON objects that several parts of a job read. A file of this folder holds the schema of an object, or
 * imports it from core, and has the functions that read it. A body is checked against its schema where it is
 * read.
 */

/**
 * Reads and checks one object; null means that there is none. It throws when the body does not fit the
 * schema, because then the program is broken.
 */
export async function readObject<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const object = await store.get(key);
  return object === null ? null : schema.parse(JSON.parse(object.body.toString("utf8")));
}

/**
 * One object as it is, or null, and what writes the next one in its place. `write` answers false, and changes nothing,
 * where another writer came first.
 */
export async function objectToChange<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<{ before: z.infer<T> | null; write: (next: z.infer<T>) => Promise<boolean> }> {
  const stored = await store.get(key);
  return {
    before: stored === null ? null : schema.parse(JSON.parse(stored.body.toString("utf8"))),
    write: (next) => {
      const [body, json] = [JSON.stringify(next), { contentType: "application/json" }];
      return stored === null ? store.create(key, body, json) : store.replace(key, body, stored.etag, json);
    },
  };
}

/** Writes one object create-once. It answers false when the object existed. */
export const createObject = (store: ObjectStore, key: string, value: unknown): Promise<boolean> =>
  store.create(key, JSON.stringify(value), { contentType: "application/json" });

/** Writes one object and replaces what is there. */
export const putObject = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, JSON.stringify(value), { contentType: "application/json" });
