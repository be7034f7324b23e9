import type { EventType } from "@brimline/core/codes";
import type { Event } from "@brimline/core/job/job";
import { keys } from "@brimline/store/keys";
import { createObject } from "../objects/object.ts";
import { type EventObject, eventsOf } from "../objects/event.ts";
import type { Service } from "../service.ts";
import { webhookId } from "../webhook/webhook.ts";
import { specOf } from "../objects/spec.ts";

/** An event that is written. `toDeliver` says that the webhook asks for it and has not been tried yet. */
export interface Emitted {
  sequence: number;
  toDeliver: boolean;
}

/**
 * Writes the `occurrence`-th event of one of these types (the first is 1) once, then its marker in the
 * outbox. A repeated call finds the same event with the same sequence, and writes the marker if a crash came
 * before it.
 */
export async function emit(
  service: Service,
  jobId: string,
  data: Omit<Event["data"], "jobId">,
  types: [EventType, ...EventType[]],
  occurrence = 1,
): Promise<Emitted> {
  const { spec } = await specOf(service, jobId);
  const before = await eventsOf(service, jobId);
  const already = before.filter((event) => types.includes(event.type))[occurrence - 1];
  const type = already?.type ?? types[0];
  const sequence = already?.sequence ?? (before.at(-1)?.sequence ?? 0) + 1;
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
  const tried = await service.data.list(keys.deliveryPrefix(jobId, sequence), { limit: 1 });
  const toDeliver = spec.webhook?.events?.includes(type) === true && tried.keys.length === 0;
  if (toDeliver) await createObject(service.data, keys.outbox(jobId, sequence), { jobId, sequence });
  return { sequence, toDeliver };
}
