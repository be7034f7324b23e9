import { hasEnded } from "@brimline/core/job/state/job";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { isTombstone, readListing } from "../objects/listing.ts";
import { OpenObject } from "../objects/open.ts";
import { readObject } from "../objects/object.ts";
import { SpecObject } from "../objects/spec.ts";
import { statusOf } from "../objects/status.ts";
import type { LogError } from "../log.ts";
import type { Service } from "../service.ts";
import { countUsage } from "./count-usage.ts";
import { eraseTask } from "./erase.ts";
import { type DueEvent, dueDeliveries } from "./notify.ts";
import { type DuePorts, runDue } from "./run-due.ts";

export interface SweepPorts {
  /**
   * Starts those workflows that may run. `jobs` are all that have not ended, oldest first; some may run or
   * wait already.
   */
  startJobs(jobs: SpecObject[]): Promise<void>;
  /** Makes one try at one delivery. */
  notify(delivery: DueEvent): Promise<void>;
  /** How the jobs of schedules are submitted. */
  due: DuePorts;
  /** Brings the site in line with how an ended job is listed now. */
  publish(jobId: string): Promise<void>;
  /** It is told of each job and each delivery that could not be taken up. The others go on. */
  logError: LogError;
}

/**
 * A submission takes a second. One that is still not accepted after this time was left by a crash, and may
 * hold a sealed key.
 */
const UNACCEPTED_AFTER_MS = 3_600_000;

/** One sweep erases about so many objects, which takes some seconds, and the next one goes on. */
const ERASED_MAX = 2000;

/**
 * Takes up what is unfinished: jobs that nobody runs, in the order of their submission, deliveries that
 * are due, what ended jobs used, pages that do not follow yet, jobs that are not erased yet, and schedules that are due. It lists markers only, so a long history does not make it slower.
 */
export async function sweepTask(service: Service, ports: SweepPorts): Promise<void> {
  const orLog = (taken: Promise<void>): Promise<void> =>
    taken.catch((error: unknown) => ports.logError(error));
  await Promise.all([orLog(startOpen(service, ports)), orLog(tellDue(service, ports))]);
  await orLog(takeUpChanged(service, ports));
  await orLog(runDue(service, ports.due, ports.logError));
}

async function takeUpChanged(service: Service, ports: SweepPorts): Promise<void> {
  const marks = await Array.fromAsync(listAll(service.data, keys.changedPrefix));
  const markedBy = (keyOf: (id: string) => string): string[] =>
    marks.flatMap((mark) => {
      const id = mark.split("/")[1] ?? "";
      return mark === keyOf(id) ? [id] : [];
    });
  // What is not counted keeps its mark, so nothing else waits for it.
  await countUsage(service, markedBy(keys.toCount)).catch((error: unknown) => ports.logError(error));
  await publishRelisted(service, ports, markedBy(keys.relist));
  await eraseDeleted(service, ports, markedBy(keys.deleting));
}

/** A job that has not ended is published at its end, and until then its mark waits. */
async function publishRelisted(service: Service, ports: SweepPorts, marked: string[]): Promise<void> {
  await atOnce(REQUESTS_AT_ONCE, marked, async (id) => {
    const [{ state }, listing] = await Promise.all([statusOf(service, id), readListing(service, id)]);
    if (hasEnded(state) || isTombstone(listing))
      await ports.publish(id).catch((error: unknown) => ports.logError(error, { jobId: id }));
  });
}

async function eraseDeleted(service: Service, { logError }: SweepPorts, marked: string[]): Promise<void> {
  let left = ERASED_MAX;
  for (const id of marked) {
    if (left <= 0) return;
    left -= await eraseTask(service, id, left).catch((error: unknown) => {
      logError(error, { jobId: id });
      return 0;
    });
  }
}

const startOpen = async (service: Service, ports: SweepPorts): Promise<void> =>
  ports.startJobs(await openJobs(service, ports));

async function tellDue(service: Service, ports: SweepPorts): Promise<void> {
  await atOnce(REQUESTS_AT_ONCE, await dueDeliveries(service, ports.logError), (delivery) =>
    ports.notify(delivery).catch((error: unknown) => ports.logError(error, delivery)),
  );
}

/**
 * The jobs that have not ended, oldest first. A marker without a spec belongs to a submission that is not
 * accepted yet, or never will be.
 */
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

/**
 * Removes what a crash left of submissions that were never accepted, whatever their age. It may run only
 * while no submission can be under way.
 */
export async function dropUnaccepted(service: Service): Promise<void> {
  for (const id of await openIds(service))
    if ((await service.data.get(keys.spec(id))) === null) await drop(service, id);
}

/**
 * Removes the secrets and the marker of a submission. Its caller got no answer, and nothing else looks for
 * them. The control object stays, because a repeated submission needs the same one.
 */
async function drop(service: Service, id: string): Promise<void> {
  for (const key of [keys.secret(id), keys.webhookSecret(id), keys.open(id)]) await service.data.remove(key);
}

const openIds = (service: Service): Promise<string[]> =>
  Array.fromAsync(listAll(service.data, keys.openPrefix), (key) => key.slice(keys.openPrefix.length));
