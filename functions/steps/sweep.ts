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
  /** Told of each job and each delivery that could not be taken up: the others are. */
  logError: (error: unknown) => void;
}

/** Takes up what is unfinished: jobs nobody runs, in the order they were submitted, and deliveries that are due. Lists markers, never history. */
export async function sweepStep(service: Service, ports: SweepPorts): Promise<void> {
  const orLog = (taken: Promise<void>): Promise<void> => taken.catch(ports.logError);
  await Promise.all([orLog(startOpen(service, ports)), orLog(tellDue(service, ports))]);
}

const startOpen = async (service: Service, ports: SweepPorts): Promise<void> => ports.startJobs(await openJobs(service, ports));

async function tellDue(service: Service, ports: SweepPorts): Promise<void> {
  await atOnce(REQUESTS_AT_ONCE, await dueDeliveries(service, ports.logError), (delivery) => ports.notify(delivery).catch(ports.logError));
}

/** The jobs that have not ended, oldest first. A marker without a spec belongs to a submission that is not accepted yet. */
async function openJobs(service: Service, { logError }: SweepPorts): Promise<SpecObject[]> {
  const markers = await Array.fromAsync(listAll(service.data, keys.openPrefix));
  const specs = await atOnce(REQUESTS_AT_ONCE, markers, (key) =>
    readObject(service.data, keys.spec(key.slice(keys.openPrefix.length)), SpecObject).catch(logError),
  );
  return specs.filter((spec) => spec != null).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
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
