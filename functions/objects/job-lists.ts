import { keys, listedJob } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import { sha256Hex } from "../sha256.ts";
import { ADMIN } from "./caller.ts";
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

/** What tells a job's place in every list. */
type Place = Pick<SpecObject, "caller" | "createdAt" | "id">;

/** Whose lists name a job of this caller: its own, and the admin's, which have the jobs of all. */
const listing = (caller: string): string[] => [...new Set([caller, ADMIN])];

/** Adds a job to the list of all jobs, and to those of its model and these tags. It may be repeated. */
export async function listJob(
  store: ObjectStore,
  { caller, createdAt, id, spec }: SpecObject,
  tags: string[],
): Promise<void> {
  for (const whose of listing(caller))
    await createObject(store, keys.index(whose, Date.parse(createdAt), id), { id });
  const place = { caller, createdAt, id };
  await listByFacet(store, place, "model", spec.endpoint.model);
  await listByTags(store, place, tags);
}

/** Adds a job to the lists of these tags. It may be repeated. */
export const listByTags = (store: ObjectStore, place: Place, tags: string[]): Promise<unknown> =>
  Promise.all([...new Set(tags)].map((tag) => listByFacet(store, place, "tag", tag)));

/** Takes a job from the list of each of these values. It may be repeated. */
export const unlistByFacet = (
  store: ObjectStore,
  { caller, createdAt, id }: Place,
  facet: Facet,
  values: string[],
): Promise<unknown> =>
  Promise.all(
    values.flatMap((value) =>
      listing(caller).map((whose) =>
        store.remove(keys.facet(whose, facet, sha256Hex(value), Date.parse(createdAt), id)),
      ),
    ),
  );

/** Takes a job from the list of all jobs, and from those of its model, these tags and GPUs. It may be repeated. */
export async function unlistJob(
  store: ObjectStore,
  spec: SpecObject,
  { tags, gpus }: { tags: string[]; gpus: string[] },
): Promise<void> {
  for (const whose of listing(spec.caller))
    await store.remove(keys.index(whose, Date.parse(spec.createdAt), spec.id));
  await unlistByFacet(store, spec, "model", [spec.spec.endpoint.model]);
  await unlistByFacet(store, spec, "tag", tags);
  await unlistByFacet(store, spec, "gpu", gpus);
}

/** Adds a job to the list of one value. It may be repeated. */
export async function listByFacet(
  store: ObjectStore,
  { caller, createdAt, id }: Place,
  facet: Facet,
  value: string,
): Promise<void> {
  for (const whose of listing(caller))
    await createObject(store, keys.facet(whose, facet, sha256Hex(value), Date.parse(createdAt), id), { id });
}

/** Where a caller's list of its jobs, or of those with a value, stands. They come newest first. The admin's has all. */
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
