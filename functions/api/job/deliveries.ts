import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { DeliveryObject } from "../../objects/delivery.ts";
import { eventsAfter } from "../../objects/event.ts";
import { readObject } from "../../objects/object.ts";
import type { Service } from "../../service.ts";
import { sequenceParam } from "../door/param.ts";
import type { Ports } from "../ports.ts";
import { RequestError } from "../door/problem.ts";
import type { Delivery, DeliveryList } from "../openapi/schemas.ts";
import { jobOfPath } from "./job-view.ts";

/** `GET /v1/jobs/{id}/deliveries` lists every try at every delivery, in the order of events and tries. */
export const listDeliveries =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    // What receivers said is for the job's own caller.
    const { id } = (await jobOfPath(service, c, "change")).spec;
    return c.json({ deliveries: await deliveriesOf(service, id) } satisfies DeliveryList, 200);
  };

/**
 * `POST /v1/jobs/{id}/deliveries/{n}/redeliver` sends event n once more, with the same webhook-id, and
 * answers how that went.
 */
export const redeliver =
  (service: Service, ports: Ports) =>
  async (c: Context): Promise<Response> => {
    const sequence = sequenceParam(c);
    const { id } = (await jobOfPath(service, c, "change")).spec;
    const [event] = await eventsAfter(service, id, sequence - 1);
    if (event?.sequence !== sequence)
      throw new RequestError("not_found", "The job has no event with this number.");
    const before = lastOf(await deliveriesOf(service, id), sequence);
    await ports.redeliver(id, sequence);
    const after = lastOf(await deliveriesOf(service, id), sequence);
    if (after === undefined || after.tries === before?.tries) {
      throw new RequestError(
        "conflict",
        "Nothing was sent: the job's webhook does not ask for this event, or it is being sent right now.",
      );
    }
    return c.json(after, 200);
  };

const lastOf = (deliveries: Delivery[], sequence: number): Delivery | undefined =>
  deliveries.findLast((delivery) => delivery.sequence === sequence);

async function deliveriesOf(service: Service, id: string): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for await (const key of listAll(service.data, keys.deliveryPrefix(id))) {
    const sequence = Number(/\/(\d+)\/[^/]+$/.exec(key)?.[1] ?? -1);
    const delivery = await readObject(service.data, key, DeliveryObject);
    if (delivery === null) continue;
    const { schema: _schema, ...shown } = delivery;
    deliveries.push({ sequence, ...shown });
  }
  return deliveries.sort((a, b) => a.sequence - b.sequence || a.tries - b.tries);
}
