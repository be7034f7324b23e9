import { EventType } from "@brimline/core/codes";
import { Event } from "@brimline/core/job/job";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { z } from "zod";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** `events/<id>/<seq4>-<type>.json`. */
export const EventObject = z.object({
  schema: z.literal("brimline.event/1"),
  id: z.string(),
  sequence: z.int(),
  type: EventType,
  body: Event,
});
export type EventObject = z.infer<typeof EventObject>;

/** The events of a job in the order of their sequence. */
export async function eventsOf(service: Service, jobId: string): Promise<EventObject[]> {
  const events: EventObject[] = [];
  for await (const key of listAll(service.data, keys.eventPrefix(jobId))) {
    const event = await readObject(service.data, key, EventObject);
    if (event !== null) events.push(event);
  }
  return events;
}

/** Which events a job has, by their keys alone, in the order of their sequence. */
export async function toldOf(
  service: Service,
  jobId: string,
): Promise<Pick<EventObject, "sequence" | "type">[]> {
  const found = await Array.fromAsync(listAll(service.data, keys.eventPrefix(jobId)));
  return found.map((key) => {
    const [, sequence, type] = /\/(\d+)-([a-z.]+)\.json$/.exec(key) ?? [];
    return { sequence: Number(sequence), type: EventType.parse(type) };
  });
}
