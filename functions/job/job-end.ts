import type { EventType } from "@brimline/core/codes";
import { runCountOf } from "@brimline/core/job/plan";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { eventData } from "../webhook/event.ts";
import { linksOf } from "../links.ts";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { emit, type Emitted } from "./emit.ts";
import { eventsOf } from "../objects/event.ts";
import { endedLevels } from "../objects/ended-levels.ts";
import type { Outcome } from "./outcome.ts";
import { specOf } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";

const END_EVENTS = [
  "job.completed",
  "job.partial",
  "job.failed",
  "job.cancelled",
  "job.rejected",
] as const satisfies EventType[];

/** Tells once of each measured level that has ended. */
export async function emitLevel(service: Service, jobId: string): Promise<Emitted | null> {
  const measured = (await endedLevels(service, jobId)).filter(({ end }) => end.plan.role !== "warmup");
  if (measured.length === 0) return null;
  await setStatus(service, jobId, { levelsDone: measured.length });
  return emit(service, jobId, await dataNow(service, jobId), ["level.completed"], measured.length);
}

/** Tells that preflight accepted the endpoint and that the job runs. */
export async function emitStarted(service: Service, jobId: string): Promise<Emitted> {
  const { spec } = await specOf(service, jobId);
  await setStatus(service, jobId, { state: "running", levels: runCountOf(spec) });
  return emit(service, jobId, await dataNow(service, jobId), ["job.started"]);
}

/** Marks the job as reporting: no load is sent from here on. The time of its end is fixed once. */
export async function startReporting(
  service: Service,
  jobId: string,
): Promise<{ finishedAt: string; levels: number }> {
  const before = await statusOf(service, jobId);
  const finishedAt = before.finishedAt ?? new Date(service.now()).toISOString();
  await setStatus(service, jobId, {
    state: "reporting",
    finishedAt,
    levelId: null,
    load: null,
    endsAt: null,
  });
  return { finishedAt, levels: (await endedLevels(service, jobId)).length };
}

/** Writes how the job ended: first the event, which decides, then the status, which repeats it. */
export async function endJob(
  service: Service,
  jobId: string,
  outcome: Outcome,
  hasPage: boolean,
): Promise<Emitted> {
  const report = await readObject(service.data, keys.report(jobId), Report);
  const has = { hasReport: report !== null, hasPage };
  const data = eventData({ ...outcome, report, links: linksOf(service.config.publicUrl, jobId, has) });
  const type = `job.${outcome.state}` as const;
  const emitted = await emit(service, jobId, data, [type, ...END_EVENTS]);
  // An end event that was written before a crash stands.
  const told = (await eventsOf(service, jobId)).find((event) => event.sequence === emitted.sequence);
  const state = told?.body.data.state ?? outcome.state;
  await setStatus(service, jobId, {
    ...has,
    state,
    problem: outcome.problem,
    levelId: null,
    load: null,
    endsAt: null,
  });
  return emitted;
}

/**
 * Removes the endpoint's key and the job's open marker. The webhook's secret stays, because deliveries may
 * still need it.
 */
export async function closeJob(service: Service, jobId: string): Promise<void> {
  await service.data.remove(keys.secret(jobId));
  await service.data.remove(keys.open(jobId));
}

async function dataNow(service: Service, jobId: string) {
  const { state, problem } = await statusOf(service, jobId);
  return eventData({ state, problem, report: null, links: linksOf(service.config.publicUrl, jobId, null) });
}
