import { EventType } from "@brimline/core/codes";
import { Event } from "@brimline/core/job/state/job";
import { spokenVerdict } from "@brimline/core/job/state/verdict";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { z } from "zod";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** Events that were written before a verdict was more than a sentence have that in its place. */
const StoredEvent = Event.extend({
  data: Event.shape.data.extend({
    verdict: z.preprocess(
      (verdict) => (typeof verdict === "string" ? spokenVerdict(verdict) : verdict),
      Event.shape.data.shape.verdict,
    ),
  }),
});

/** `events/<id>/<seq4>-<type>.json`: one event of a job. */
export const EventObject = z.object({
  schema: z.literal("brimline.event/1"),
  id: z.string(),
  sequence: z.int(),
  type: EventType,
  body: StoredEvent,
});
export type EventObject = z.infer<typeof EventObject>;

interface EventKey extends Pick<EventObject, "sequence" | "type"> {
  key: string;
}

/** The sequences and types of a job's events, in order. The keys have them, so no event is read. */
export async function eventsOf(service: Service, jobId: string): Promise<EventKey[]> {
  const found = await Array.fromAsync(listAll(service.data, keys.eventPrefix(jobId)));
  return found.map((key) => {
    const [, sequence, type] = /\/(\d+)-([a-z.]+)\.json$/.exec(key) ?? [];
    return { key, sequence: Number(sequence), type: EventType.parse(type) };
  });
}

/** The events of a job with a higher sequence, in order. */
export async function eventsAfter(service: Service, jobId: string, sequence: number): Promise<EventObject[]> {
  const later = (await eventsOf(service, jobId)).filter((event) => event.sequence > sequence);
  const events = await atOnce(REQUESTS_AT_ONCE, later, ({ key }) =>
    readObject(service.data, key, EventObject),
  );
  return events.filter((event) => event !== null);
}
