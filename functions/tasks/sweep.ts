import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { OpenObject } from "../objects/open.ts";
import { readObject } from "../objects/object.ts";
import { SpecObject } from "../objects/spec.ts";
import type { LogError } from "../log.ts";
import type { Service } from "../service.ts";
import { type Delivery, dueDeliveries } from "./notify.ts";

export interface SweepPorts {
  /** Starts the workflows of jobs that have not ended, oldest first, as far as they may run; harmless for those that run or wait. */
  startJobs(jobs: SpecObject[]): Promise<void>;
  /** One try at one delivery. */
  notify(delivery: Delivery): Promise<void>;
  /** Told of each job and each delivery that could not be taken up: the others are. */
  logError: LogError;
}

/** A submission takes a second. What is still not accepted after this long was left by a crash, and may hold a sealed key. */
const UNACCEPTED_AFTER_MS = 3_600_000;

/** Takes up what is unfinished: jobs nobody runs, in the order they were submitted, and deliveries that are due. Lists markers, never history. */
export async function sweepTask(service: Service, ports: SweepPorts): Promise<void> {
  const orLog = (taken: Promise<void>): Promise<void> =>
    taken.catch((error: unknown) => ports.logError(error));
  await Promise.all([orLog(startOpen(service, ports)), orLog(tellDue(service, ports))]);
}

const startOpen = async (service: Service, ports: SweepPorts): Promise<void> =>
  ports.startJobs(await openJobs(service, ports));

async function tellDue(service: Service, ports: SweepPorts): Promise<void> {
  await atOnce(REQUESTS_AT_ONCE, await dueDeliveries(service, ports.logError), (delivery) =>
    ports.notify(delivery).catch((error: unknown) => ports.logError(error, delivery)),
  );
}

/** The jobs that have not ended, oldest first. A marker without a spec belongs to a submission that is not accepted yet, or never will be. */
async function openJobs(service: Service, { logError }: SweepPorts): Promise<SpecObject[]> {
  const specs = await atOnce(REQUESTS_AT_ONCE, await openIds(service), (id) =>
    specOrDrop(service, id).catch((error: unknown) => logError(error, { jobId: id })),
  );
  return specs.filter((spec) => spec != null).toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

async function specOrDrop(service: Service, id: string): Promise<SpecObject | null> {
  const spec = await readObject(service.data, keys.spec(id), SpecObject);
  if (spec !== null) return spec;
  const marker = await readObject(service.data, keys.open(id), OpenObject);
  if (marker !== null && service.now() - Date.parse(marker.createdAt) > UNACCEPTED_AFTER_MS)
    await drop(service, id);
  return null;
}

/** Removes what a crash left of submissions that were never accepted. Only while nobody submits: of what age they are does not count. */
export async function dropUnaccepted(service: Service): Promise<void> {
  for (const id of await openIds(service))
    if ((await service.data.get(keys.spec(id))) === null) await drop(service, id);
}

/** Their caller got no answer, and nothing else looks for them. The control object stays: it holds nothing, and the next try finds it as it must be. */
async function drop(service: Service, id: string): Promise<void> {
  for (const key of [keys.secret(id), keys.webhookSecret(id), keys.open(id)]) await service.data.remove(key);
}

const openIds = (service: Service): Promise<string[]> =>
  Array.fromAsync(listAll(service.data, keys.openPrefix), (key) => key.slice(keys.openPrefix.length));
