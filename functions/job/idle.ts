import { idleSOf } from "@brimline/core/job/plan/loads";
import { keys } from "@brimline/store/keys";
import { setTimeout as sleep } from "node:timers/promises";
import { createObject, readObject } from "../objects/object.ts";
import { IdleObject } from "../objects/idle.ts";
import type { Service } from "../service.ts";
import { isCancelled } from "../objects/control.ts";
import type { SpecObject } from "../objects/spec.ts";

/**
 * Sends nothing for as long as the job asks, so that the idle power can be read, and writes down when that
 * was. It runs once for a job. A cancel ends it early; it rejects when `stopping` aborts.
 */
export async function keepIdle(
  service: Service,
  { id: jobId, spec }: SpecObject,
  stopping: AbortSignal,
): Promise<void> {
  const idleMs = 1000 * idleSOf(spec);
  if (idleMs === 0 || (await readObject(service.data, keys.idle(jobId), IdleObject)) !== null) return;
  const startUnixMs = service.now();
  for (let leftMs = idleMs; leftMs > 0; leftMs = startUnixMs + idleMs - service.now()) {
    if (await isCancelled(service, jobId)) return;
    await sleep(Math.min(leftMs, service.config.controlEveryMs), undefined, { signal: stopping });
  }
  await createObject(service.data, keys.idle(jobId), {
    schema: "brimline.idle/1",
    startUnixMs,
    endUnixMs: service.now(),
  });
}
