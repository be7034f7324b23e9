import { hasEnded } from "@brimline/core/job/state/job";
import { runCountOf } from "@brimline/core/job/plan/loads";
import type { SpecObject } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";
import type { Service } from "../service.ts";
import { type Emitted, emitNow } from "./emit.ts";

/**
 * Takes a job up, for the first time or again. Its start time stays the first one. The answer says whether it
 * has ended already.
 */
export async function beginJob(service: Service, { id, spec }: SpecObject): Promise<{ hasEnded: boolean }> {
  const before = await statusOf(service, id);
  if (hasEnded(before.state)) return { hasEnded: true };
  const startedAt = before.startedAt ?? new Date(service.now()).toISOString();
  await setStatus(service, id, { state: "preflight", startedAt, levels: runCountOf(spec) }, before);
  return { hasEnded: false };
}

/** Tells that preflight accepted the endpoint and that the job runs. */
export async function emitStarted(service: Service, stored: SpecObject): Promise<Emitted> {
  const change = { state: "running", levels: runCountOf(stored.spec) } as const;
  const status = await setStatus(service, stored.id, change);
  return emitNow(service, stored, status, { type: "job.started", level: null, occurrence: 1 });
}
