import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { readObject, SpecObject } from "../objects.ts";
import type { Service } from "../service.ts";
import type { Delivery } from "./notify.ts";
import { dueDeliveries } from "./notify.ts";

export interface SweepPorts {
  /** Starts a job's workflow; harmless while it runs or waits. */
  startJob(jobId: string): Promise<void>;
  /** One try at one delivery. */
  notify(delivery: Delivery): Promise<void>;
}

/** Takes up what is unfinished: jobs nobody runs, in the order they were submitted, and deliveries that are due. Lists markers, never history. */
export async function sweepStep(service: Service, ports: SweepPorts): Promise<void> {
  for (const jobId of await openJobs(service)) await ports.startJob(jobId);
  await Promise.all((await dueDeliveries(service)).map((delivery) => ports.notify(delivery)));
}

/** Ids of the jobs that have not ended, oldest first. A marker without a spec belongs to a submission that is not accepted yet. */
export async function openJobs(service: Service): Promise<string[]> {
  const jobs: SpecObject[] = [];
  for await (const key of listAll(service.data, keys.openPrefix)) {
    const spec = await readObject(service.data, keys.spec(key.slice(keys.openPrefix.length)), SpecObject);
    if (spec !== null) jobs.push(spec);
  }
  return jobs.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1)).map((job) => job.id);
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
