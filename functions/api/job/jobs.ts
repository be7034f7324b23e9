import { hasEnded } from "@brimline/core/job/state/job";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import { ControlObject } from "../../objects/control.ts";
import { type Facet, listPrefix, readList } from "../../objects/job-lists.ts";
import { type SpecObject } from "../../objects/spec.ts";
import type { Service } from "../../service.ts";
import { type Caller, callerOf } from "../door/auth.ts";
import { RequestError } from "../door/problem.ts";
import { type JobList, ListQuery } from "../openapi/schemas.ts";
import { findReadable, jobOf, jobOfPath, type StoredJob } from "./job-view.ts";

/** `GET /v1/jobs/{id}` answers the job. */
export const readJob =
  (service: Service) =>
  async (c: Context): Promise<Response> =>
    c.json(await jobOf(service, await jobOfPath(service, c)), 200, { "cache-control": "no-cache" });

/** One answer looks at so many jobs at most, so that a search in a long history stays fast. */
const LOOKED_AT_MAX = 500;

/**
 * `GET /v1/jobs` lists jobs, newest first. `next` is the cursor of the following part, or null on the last one. A part
 * of a searched list may be short, or empty, and yet have a `next`.
 */
export const listJobs =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const query = ListQuery.parse(c.req.query());
    const { found, next } = await search(service, await callerOf(service, c), query);
    const jobs = await Promise.all(found.map((job) => jobOf(service, job)));
    return c.json({ jobs, next } satisfies JobList, 200, { "cache-control": "no-cache" });
  };

async function search(
  service: Service,
  caller: Caller,
  query: ListQuery,
): Promise<{ found: StoredJob[]; next: string | null }> {
  const prefix = listPrefix(caller.id, facetOf(query));
  const sinceMs = query.since === undefined ? -Infinity : Date.parse(query.since);
  const found: StoredJob[] = [];
  let after = query.cursor ?? null;
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX;) {
    const part = await readList(service.data, prefix, { after, limit: query.limit });
    const recent = part.jobs.filter(({ createdAtMs }) => createdAtMs >= sinceMs);
    // The list may still name a job that was removed.
    const read = await atOnce(REQUESTS_AT_ONCE, recent, ({ id }) => findReadable(service, caller, id));
    for (const [i, { key }] of recent.entries()) {
      const job = read[i] ?? null;
      if (job !== null && isWanted(job, query)) found.push(job);
      const isLast = i === recent.length - 1 && (part.next === null || recent.length < part.jobs.length);
      if (found.length === query.limit) return { found, next: isLast ? null : key };
    }
    if (part.next === null || recent.length < part.jobs.length) return { found, next: null };
    after = part.next;
    lookedAt += part.jobs.length;
  }
  return { found, next: after };
}

/** The shortest list that has all wanted jobs. Only that of a GPU tells which jobs have it. */
function facetOf({ gpu, tag, model }: ListQuery): { facet: Facet; value: string } | null {
  if (gpu !== undefined) return { facet: "gpu", value: gpu };
  if (tag !== undefined) return { facet: "tag", value: tag };
  return model === undefined ? null : { facet: "model", value: model };
}

function isWanted(
  { spec: { id, spec }, status, listing: { name, tags } }: StoredJob,
  { tag, model, state, q }: ListQuery,
): boolean {
  const text = [id, name, spec.endpoint.model, ...tags].join("\n").toLowerCase();
  return (
    (tag === undefined || tags.includes(tag)) &&
    (model === undefined || spec.endpoint.model === model) &&
    (state === undefined || (status?.state ?? "queued") === state) &&
    (q === undefined || text.includes(q.toLowerCase()))
  );
}

/**
 * `POST /v1/jobs/{id}/cancel` replaces the control object once. A repeated request gets the same answer. It
 * answers 409 when the job has ended in another way.
 */
export const cancelJob =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { spec, status } = await jobOfPath(service, c, "change");
    if (status !== null && hasEnded(status.state) && status.state !== "cancelled") {
      throw new RequestError(
        "already_ended",
        `The job ended as ${status.state}, so there is nothing to cancel.`,
      );
    }
    await askCancel(service, spec);
    return c.json(await jobOf(service, await jobOfPath(service, c)), 200);
  };

async function askCancel(service: Service, { id }: SpecObject): Promise<void> {
  const cancel = JSON.stringify({ schema: "brimline.control/1", action: "cancel" } satisfies ControlObject);
  const control = await service.data.get(keys.control(id));
  if (control === null) throw new Error(`jobs/${id}/control.json is gone`);
  if (ControlObject.parse(JSON.parse(control.body.toString("utf8"))).action === "cancel") return;
  // When this answers false, another request has cancelled the job: nothing else changes a control object.
  await service.data.replace(keys.control(id), cancel, control.etag, { contentType: "application/json" });
}
