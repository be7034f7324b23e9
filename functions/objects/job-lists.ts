import { keys, listedJob } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import { sha256Hex } from "../sha256.ts";
import { createObject } from "./object.ts";
import type { SpecObject } from "./spec.ts";

/** What jobs may have in common. Of each value there is a list of the jobs that have it. */
export type Facet = "tag" | "model" | "gpu";

/** A job in a list, which is its place there too. */
export interface Listed {
  key: string;
  createdAtMs: number;
  id: string;
}

/** Adds a job to the list of all jobs, and to those of its model and its tags. It may be repeated. */
export async function listJob(
  store: ObjectStore,
  { caller, createdAt, id, spec }: SpecObject,
): Promise<void> {
  await createObject(store, keys.index(caller, Date.parse(createdAt), id), { id });
  const values: [Facet, string][] = [
    ["model", spec.endpoint.model],
    ...[...new Set(spec.tags)].map((tag): [Facet, string] => ["tag", tag]),
  ];
  await Promise.all(
    values.map(([facet, value]) => listByFacet(store, { caller, createdAt, id }, facet, value)),
  );
}

/** Adds a job to the list of one value. It may be repeated. */
export async function listByFacet(
  store: ObjectStore,
  { caller, createdAt, id }: Pick<SpecObject, "caller" | "createdAt" | "id">,
  facet: Facet,
  value: string,
): Promise<void> {
  await createObject(store, keys.facet(caller, facet, sha256Hex(value), Date.parse(createdAt), id), { id });
}

/** Where a caller's list of all jobs, or of those with a value, stands. Its jobs come newest first. */
export const listPrefix = (caller: string, by: { facet: Facet; value: string } | null): string =>
  by === null ? keys.indexPrefix(caller) : keys.facetPrefix(caller, by.facet, sha256Hex(by.value));

/** The jobs of a list after a place in it, at most `limit`. `next` is null at the end of the list. */
export async function readList(
  store: ObjectStore,
  prefix: string,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ jobs: Listed[]; next: string | null }> {
  const part = await store.list(prefix, { limit, ...(after !== null && { after: prefix + after }) });
  return {
    jobs: part.keys.map((key) => ({ key: key.slice(prefix.length), ...listedJob(key) })),
    next: part.next === null ? null : part.next.slice(prefix.length),
  };
}
