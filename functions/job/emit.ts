import type { EventType } from "@brimline/core/codes";
import type { EndedLevel, Event } from "@brimline/core/job/state/job";
import { keys } from "@brimline/store/keys";
import { linksOf } from "../links.ts";
import { type EventObject, eventsOf } from "../objects/event.ts";
import { createObject } from "../objects/object.ts";
import type { SpecObject } from "../objects/spec.ts";
import type { StatusObject } from "../objects/status.ts";
import type { Service } from "../service.ts";
import { eventData } from "../webhook/event.ts";
import { webhookId } from "../webhook/webhook.ts";

/** An event that is written. `toDeliver` says that the webhook asks for it and has not been tried yet. */
export interface Emitted {
  sequence: number;
  type: EventType;
  toDeliver: boolean;
}

/**
 * Writes the `occurrence`-th event of one of these types (the first is 1) once, then its marker in the
 * outbox. A repeated call finds the same event with the same sequence, and writes the marker if a crash came
 * before it.
 */
export async function emit(
  service: Service,
  { id: jobId, spec }: SpecObject,
  data: Omit<Event["data"], "jobId">,
  types: [EventType, ...EventType[]],
  occurrence = 1,
): Promise<Emitted> {
  const told = await eventsOf(service, jobId);
  const already = told.filter(({ type }) => types.includes(type))[occurrence - 1];
  const { type, sequence } = already ?? { type: types[0], sequence: (told.at(-1)?.sequence ?? 0) + 1 };
  if (already === undefined) {
    const event: EventObject = {
      schema: "brimline.event/1",
      id: webhookId(jobId, sequence),
      sequence,
      type,
      body: { type, timestamp: new Date(service.now()).toISOString(), data: { jobId, ...data } },
    };
    await createObject(service.data, keys.event(jobId, sequence, type), event);
  }
  const toDeliver =
    spec.webhook?.events?.includes(type) === true && !(await hasBeenTried(service, jobId, sequence));
  if (toDeliver) await createObject(service.data, keys.outbox(jobId, sequence), { jobId, sequence });
  return { sequence, type, toDeliver };
}

/** Emits an event with the job's status and, if the event tells of one, the level that has ended. */
export const emitNow = (
  service: Service,
  stored: SpecObject,
  { state, problem }: StatusObject,
  {
    type,
    level,
    occurrence,
  }:
    | { type: "job.started"; level: null; occurrence: 1 }
    | { type: "level.completed"; level: EndedLevel; occurrence: number },
): Promise<Emitted> => {
  const links = linksOf(service.config.publicUrl, stored.id, null);
  const data = eventData({ state, problem, level, report: null, comparison: null, links });
  return emit(service, stored, data, [type], occurrence);
};

async function hasBeenTried(service: Service, jobId: string, sequence: number): Promise<boolean> {
  const tried = await service.data.list(keys.deliveryPrefix(jobId, sequence), { limit: 1 });
  return tried.keys.length > 0;
}
