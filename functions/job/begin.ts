import { hasEnded } from "@brimline/core/job/job";
import { runCountOf } from "@brimline/core/job/plan";
import type { Service } from "../service.ts";
import { specOf } from "../objects/spec.ts";
import { setStatus, statusOf } from "../objects/status.ts";

/**
 * Takes a job up, for the first time or again. Its start time stays the first one. The answer says whether it
 * has ended already.
 */
export async function beginJob(service: Service, jobId: string): Promise<{ hasEnded: boolean }> {
  const before = await statusOf(service, jobId);
  if (hasEnded(before.state)) return { hasEnded: true };
  const { spec } = await specOf(service, jobId);
  await setStatus(service, jobId, {
    state: "preflight",
    startedAt: before.startedAt ?? new Date(service.now()).toISOString(),
    levels: runCountOf(spec),
  });
  return { hasEnded: false };
}
