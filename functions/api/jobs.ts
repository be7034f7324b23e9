import { hasEnded } from "@brimline/core/job/job";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { ControlObject } from "../objects/control.ts";
import { type SpecObject } from "../objects/spec.ts";
import type { Service } from "../service.ts";
import { CALLER } from "./auth.ts";
import { idParam } from "./param.ts";
import { RequestError } from "./problem.ts";
import { type JobList, ListQuery } from "./schemas.ts";
import { findJob, jobOf, storedJob } from "./job-view.ts";

/** `GET /v1/jobs/{id}` answers the job. */
export const readJob =
  (service: Service) =>
  async (c: Context): Promise<Response> =>
    c.json(await jobOf(service, await storedJob(service, idParam(c))), 200, { "cache-control": "no-cache" });

/**
 * `GET /v1/jobs` lists jobs, newest first. `next` is the cursor of the following part, or null on the last
 * one.
 */
export const listJobs =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { cursor, limit } = ListQuery.parse(c.req.query());
    const prefix = keys.indexPrefix(CALLER);
    const part = await service.data.list(prefix, {
      limit,
      ...(cursor !== undefined && { after: prefix + cursor }),
    });
    // The index may still name a job that was removed.
    const found = await Promise.all(
      part.keys.map((key) => findJob(service, key.slice(key.lastIndexOf("-") + 1))),
    );
    const jobs = await Promise.all(found.filter((job) => job !== null).map((job) => jobOf(service, job)));
    const next = part.next === null ? null : part.next.slice(prefix.length);
    return c.json({ jobs, next } satisfies JobList, 200, { "cache-control": "no-cache" });
  };

/**
 * `POST /v1/jobs/{id}/cancel` replaces the control object once. A repeated request gets the same answer. It
 * answers 409 when the job has ended in another way.
 */
export const cancelJob =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const id = idParam(c);
    const { spec, status } = await storedJob(service, id);
    if (status !== null && hasEnded(status.state) && status.state !== "cancelled") {
      throw new RequestError(
        "already_ended",
        `The job ended as ${status.state}, so there is nothing to cancel.`,
      );
    }
    await askCancel(service, spec);
    return c.json(await jobOf(service, await storedJob(service, id)), 200);
  };

async function askCancel(service: Service, { id }: SpecObject): Promise<void> {
  const cancel = JSON.stringify({ schema: "brimline.control/1", action: "cancel" } satisfies ControlObject);
  const control = await service.data.get(keys.control(id));
  if (control === null) throw new Error(`jobs/${id}/control.json is gone`);
  if (ControlObject.parse(JSON.parse(control.body.toString("utf8"))).action === "cancel") return;
  // When this answers false, another request has cancelled the job: nothing else changes a control object.
  await service.data.replace(keys.control(id), cancel, control.etag, { contentType: "application/json" });
}
