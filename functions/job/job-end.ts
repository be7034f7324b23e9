import { END_EVENTS } from "@brimline/core/codes";
import { JobState } from "@brimline/core/job/state/job";
import type { Outcome } from "@brimline/core/job/plan/outcome";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { linksOf } from "../links.ts";
import { attemptsOf } from "../objects/attempts.ts";
import { listByFacet } from "../objects/job-lists.ts";
import { readObject } from "../objects/object.ts";
import type { SpecObject } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";
import type { Service } from "../service.ts";
import type { PublishResult } from "../tasks/publish.ts";
import { eventData } from "../webhook/event.ts";
import { besideBaseline } from "./baseline.ts";
import { emit, type Emitted } from "./emit.ts";
import { markUsage } from "./usage.ts";

/** What a job without pages has published. */
export const UNPUBLISHED: PublishResult = { hasPage: false, hasComparison: false };

/** The status fields of a job without a running level. */
const NO_LEVEL = { levelId: null, load: null, endsAt: null };

/**
 * Marks the job as reporting: no load is sent from here on. The time of its end is fixed once. The answer
 * says whether there is a level to report on.
 */
export async function startReporting(
  service: Service,
  jobId: string,
): Promise<{ finishedAt: string; hasLevels: boolean }> {
  const before = await statusOf(service, jobId);
  const finishedAt = before.finishedAt ?? new Date(service.now()).toISOString();
  await setStatus(service, jobId, { state: "reporting", finishedAt, ...NO_LEVEL }, before);
  return { finishedAt, hasLevels: (await attemptsOf(service, jobId)).some(({ hasEnded }) => hasEnded) };
}

/** Writes how the job ended: first the event, which decides, then the status, which repeats it. */
export async function endJob(
  service: Service,
  stored: SpecObject,
  outcome: Outcome,
  published: PublishResult,
): Promise<Emitted> {
  const report = await readObject(service.data, keys.report(stored.id), Report);
  const has = { hasReport: report !== null, ...published };
  // A list of jobs may be asked for by the GPU, which only the report knows.
  for (const gpu of new Set(report?.gpus.map(({ name }) => name)))
    await listByFacet(service.data, stored, "gpu", gpu);
  const links = linksOf(service.config.publicUrl, stored.id, has);
  const comparison = report === null ? null : await besideBaseline(service, stored);
  const data = eventData({ ...outcome, level: null, report, comparison, links });
  const told = await emit(service, stored, data, [`job.${outcome.state}`, ...END_EVENTS]);
  // An end event that was written before a crash stands.
  const state = JobState.parse(told.type.slice("job.".length));
  const before = await statusOf(service, stored.id);
  // A job that ends before its report, such as a rejected one, ends now.
  const finishedAt = before.finishedAt ?? new Date(service.now()).toISOString();
  // It comes before the status, after which a job that is started again does nothing.
  await markUsage(service, stored, { startedAt: before.startedAt, finishedAt });
  const end = {
    ...has,
    state,
    finishedAt,
    problem: outcome.problem,
    verdict: data.verdict,
    comparison,
    ...NO_LEVEL,
  };
  await setStatus(service, stored.id, end, before);
  return told;
}

/**
 * Removes the endpoint's key and the job's open marker. The webhook's secret stays, because deliveries may
 * still need it.
 */
export async function closeJob(service: Service, jobId: string): Promise<void> {
  await service.data.remove(keys.secret(jobId));
  await service.data.remove(keys.open(jobId));
}
