import type { JobSpec } from "@brimline/core/job/spec/spec";
import { hasEnded } from "@brimline/core/job/state/job";
import { listPrefix, readList } from "../../objects/job-lists.ts";
import { jobSeed } from "../../objects/spec.ts";
import type { Service } from "../../service.ts";
import type { Caller } from "../door/auth.ts";
import { invalid } from "../door/body.ts";
import { findReadable, type StoredJob } from "./job-view.ts";

/** The newest like job is looked for among so many with the tag. */
const LOOKED_AT_MAX = 100;

/**
 * The job with its baseline found, and with the baseline's seed unless it has one of its own: then both ask the same
 * requests. `last:<tag>` names the newest job with the tag that has the same workload and levels and a report; where
 * there is none yet, the job is the first of its series and has no baseline.
 */
export async function withBaseline(service: Service, caller: Caller, request: JobSpec): Promise<JobSpec> {
  const { baseline, ...rest } = request;
  if (baseline === undefined) return request;
  const found = baseline.startsWith("last:")
    ? await lastLike(service, caller, baseline.slice("last:".length), request)
    : await findReadable(service, caller, baseline);
  if (found === null && baseline.startsWith("last:")) return rest;
  if (found === null || !hasReport(found))
    throw invalid([{ pointer: "/baseline", detail: "must name a job that has a report" }]);
  return { ...request, baseline: found.spec.id, seed: request.seed ?? jobSeed(found.spec) };
}

const hasReport = ({ status }: StoredJob): boolean =>
  status !== null && hasEnded(status.state) && status.hasReport;

async function lastLike(
  service: Service,
  caller: Caller,
  tag: string,
  request: JobSpec,
): Promise<StoredJob | null> {
  const prefix = listPrefix(caller.id, { facet: "tag", value: tag });
  const { jobs } = await readList(service.data, prefix, { after: null, limit: LOOKED_AT_MAX });
  for (const { id } of jobs) {
    const job = await findReadable(service, caller, id);
    if (job?.listing.tags.includes(tag) === true && hasReport(job) && isLike(job.spec.spec, request))
      return job;
  }
  return null;
}

const isLike = (a: JobSpec, b: JobSpec): boolean =>
  a.endpoint.model === b.endpoint.model &&
  JSON.stringify([a.workload, a.levels]) === JSON.stringify([b.workload, b.levels]);
