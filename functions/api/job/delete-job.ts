import { hasEnded } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import type { DeletingObject } from "../../objects/deleting.ts";
import { isTombstone, listingOf, listingToChange, type Tombstone } from "../../objects/listing.ts";
import { putObject } from "../../objects/object.ts";
import type { SpecObject } from "../../objects/spec.ts";
import type { LogError } from "../../log.ts";
import type { Service } from "../../service.ts";
import { jobOfPath } from "./job-view.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../door/problem.ts";

/**
 * `DELETE /v1/jobs/{id}` deletes a job that has ended. From its answer on nobody reads anything of the job: its
 * tombstone, one write, decides. Publish takes the page from the site, and the sweep erases its objects.
 */
export const deleteJob =
  (service: Service, ports: Ports, logError: LogError) =>
  async (c: Context): Promise<Response> => {
    const { spec, status } = await jobOfPath(service, c, "change");
    const { id } = spec;
    if (status === null || !hasEnded(status.state))
      throw new RequestError(
        "not_ended",
        `The job is ${status?.state ?? "queued"}. Cancel it with POST /v1/jobs/${id}/cancel, and delete it when it has ended.`,
      );
    // Its workflow still tells of its end, and would write what was erased.
    if ((await service.data.get(keys.open(id))) !== null)
      throw new RequestError("not_ended", "The job is just ending. Send the request again in a second.", {
        headers: { "retry-after": "1" },
      });
    while (!(await bury(service, spec)));
    await ports.publish(id).catch((error: unknown) => logError(error, { jobId: id }));
    return c.body(null, 204);
  };

/** Writes the marks and the tombstone. It answers false where the job was changed meanwhile, and has other tags now. */
async function bury(service: Service, spec: SpecObject): Promise<boolean> {
  const { id } = spec;
  const { before, write } = await listingToChange(service, id);
  if (isTombstone(before)) throw new RequestError("deleted", "The job with this id was deleted.");
  const { tags, formerTags } = listingOf(spec, before);
  const now = new Date(service.now()).toISOString();
  // The marks come first, so that the sweep ends what a crash cuts off.
  const mark: DeletingObject = {
    schema: "brimline.deleting/1",
    id,
    markedAt: now,
    tags: [...new Set([...spec.spec.tags, ...tags, ...formerTags])],
  };
  await putObject(service.data, keys.deleting(id), mark);
  await putObject(service.data, keys.relist(id), { id });
  const tombstone: Tombstone = {
    schema: "brimline.tombstone/1",
    caller: spec.caller,
    createdAt: spec.createdAt,
    deletedAt: now,
  };
  return write(tombstone);
}
