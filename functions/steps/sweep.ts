import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { readObject, SpecObject } from "../objects.ts";
import type { Service } from "../service.ts";
import type { Delivery } from "./notify.ts";
import { dueDeliveries } from "./notify.ts";

export interface SweepPorts {
  /** Starts the workflows of jobs that have not ended, oldest first, as far as they may run; harmless for those that run or wait. */
  startJobs(jobs: SpecObject[]): Promise<void>;
  /** One try at one delivery. */
  notify(delivery: Delivery): Promise<void>;
}

/** Takes up what is unfinished: jobs nobody runs, in the order they were submitted, and deliveries that are due. Lists markers, never history. */
export async function sweepStep(service: Service, ports: SweepPorts): Promise<void> {
  await ports.startJobs(await openJobs(service));
  await atOnce(REQUESTS_AT_ONCE, await dueDeliveries(service), (delivery) => ports.notify(delivery));
}

/** The jobs that have not ended, oldest first. A marker without a spec belongs to a submission that is not accepted yet. */
async function openJobs(service: Service): Promise<SpecObject[]> {
  const markers = await Array.fromAsync(listAll(service.data, keys.openPrefix));
  const specs = await atOnce(REQUESTS_AT_ONCE, markers, (key) => readObject(service.data, keys.spec(key.slice(keys.openPrefix.length)), SpecObject));
  return specs.filter((spec) => spec !== null).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/**
 * Removes what a crash left of submissions that were never accepted: their caller got no answer, and nothing else looks for them.
 * Only while nobody submits.
 */
export async function dropUnaccepted(service: Service): Promise<void> {
  const markers = await Array.fromAsync(listAll(service.data, keys.openPrefix));
  for (const marker of markers) {
    const jobId = marker.slice(keys.openPrefix.length);
    if ((await service.data.get(keys.spec(jobId))) !== null) continue;
    for (const key of [keys.secret(jobId), keys.webhookSecret(jobId), keys.control(jobId), marker]) await service.data.remove(key);
  }
}
