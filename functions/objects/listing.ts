import { Visibility } from "@brimline/core/job/spec/spec";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { ADMIN } from "./caller.ts";
import { objectToChange, readObject } from "./object.ts";
import type { SpecObject } from "./spec.ts";

/** How a job is listed and who may find it. Its spec says what was measured and never changes; this may. */
export const Listing = z.object({
  schema: z.literal("brimline.listing/1"),
  name: z.string(),
  tags: z.array(z.string()),
  visibility: Visibility,
  /** Tags that the last change took away. If a crash came in between, their lists may still name the job. */
  formerTags: z.array(z.string()),
});
export type Listing = z.infer<typeof Listing>;

/** What stays of a job that was deleted. */
export const Tombstone = z.object({
  schema: z.literal("brimline.tombstone/1"),
  /** Whose job it was. One of before this field was the admin's. */
  caller: z.string().default(ADMIN),
  createdAt: z.string(),
  deletedAt: z.string(),
});
export type Tombstone = z.infer<typeof Tombstone>;

/** `jobs/<id>/listing.json`. There is none before the first change: then the spec says how the job is listed. */
export const ListingObject = z.discriminatedUnion("schema", [Listing, Tombstone]);
export type ListingObject = z.infer<typeof ListingObject>;

export const readListing = ({ data }: Pick<Service, "data">, jobId: string): Promise<ListingObject | null> =>
  readObject(data, keys.listing(jobId), ListingObject);

/** The listing of a job, and what writes another in its place. */
export const listingToChange = ({ data }: Pick<Service, "data">, jobId: string) =>
  objectToChange(data, keys.listing(jobId), ListingObject);

/** How a job is listed, by its listing if it has one. */
export const listingOf = ({ spec }: Pick<SpecObject, "spec">, changed: Listing | null): Listing =>
  changed ?? {
    schema: "brimline.listing/1",
    name: spec.name ?? spec.endpoint.model,
    tags: spec.tags,
    visibility: spec.visibility ?? "unlisted",
    formerTags: [],
  };

export const isTombstone = (listing: ListingObject | null): listing is Tombstone =>
  listing?.schema === "brimline.tombstone/1";

/**
 * Removes an object that was written of a job which may have been deleted meanwhile: its erasure may be over. It answers
 * whether the job was deleted.
 */
export async function dropOfDeleted(
  service: Pick<Service, "data">,
  jobId: string,
  key: string,
): Promise<boolean> {
  if (!isTombstone(await readListing(service, jobId))) return false;
  await service.data.remove(key);
  return true;
}
