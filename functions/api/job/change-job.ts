import { hasEnded } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { listByTags, unlistByFacet } from "../../objects/job-lists.ts";
import { isTombstone, type Listing, listingOf, listingToChange, readListing } from "../../objects/listing.ts";
import { putObject } from "../../objects/object.ts";
import type { SpecObject } from "../../objects/spec.ts";
import type { LogError } from "../../log.ts";
import type { Service } from "../../service.ts";
import { readBody } from "../door/body.ts";
import { jobOf, jobOfPath } from "./job-view.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../door/problem.ts";
import { JobChange } from "../openapi/schemas.ts";

/**
 * `PATCH /v1/jobs/{id}` changes a job's name, tags or visibility. The lists follow at once, its page and the index
 * as soon as publish has run, or at the job's end. Its report stays as it was measured. It answers 409 when two
 * change the job at once.
 */
export const changeJob =
  (service: Service, ports: Ports, logError: LogError) =>
  async (c: Context): Promise<Response> => {
    const { value: change } = await readBody(c, JobChange);
    const { spec } = await jobOfPath(service, c, "change");
    const { id } = spec;
    // The mark comes first, so that the sweep publishes what a crash left.
    await putObject(service.data, keys.relist(id), { id });
    await relist(service, spec, change);
    const job = await jobOfPath(service, c);
    if (job.status !== null && hasEnded(job.status.state))
      await ports.publish(id).catch((error: unknown) => logError(error, { jobId: id }));
    return c.json(await jobOf(service, job), 200);
  };

async function relist(service: Service, spec: SpecObject, change: JobChange): Promise<void> {
  const { data } = service;
  const { before, write } = await listingToChange(service, spec.id);
  if (isTombstone(before)) throw new RequestError("deleted", "The job with this id was deleted.");
  const { formerTags, ...now } = listingOf(spec, before);
  const listing: Listing = {
    ...now,
    name: change.name ?? now.name,
    tags: change.tags ?? now.tags,
    visibility: change.visibility ?? now.visibility,
    formerTags: [],
  };
  listing.formerTags = now.tags.filter((tag) => !listing.tags.includes(tag));
  // What a crash left of the change before, unless this one takes it up again.
  await unlistByFacet(
    data,
    spec,
    "tag",
    formerTags.filter((tag) => !listing.tags.includes(tag)),
  );
  await listByTags(data, spec, listing.tags);
  if (!(await write(listing))) {
    await leaveLists(service, spec, listing.tags);
    throw new RequestError("conflict", "Another request changed the job at the same time. Send yours again.");
  }
  await unlistByFacet(data, spec, "tag", listing.formerTags);
}

/** Takes a job from the lists of tags that it did not get after all. One that was deleted has none. */
async function leaveLists(service: Service, spec: SpecObject, tags: string[]): Promise<void> {
  const now = await readListing(service, spec.id);
  const kept = isTombstone(now) ? [] : listingOf(spec, now).tags;
  await unlistByFacet(
    service.data,
    spec,
    "tag",
    tags.filter((tag) => !kept.includes(tag)),
  );
}
