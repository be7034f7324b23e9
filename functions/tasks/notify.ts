import { BrimlineError } from "@brimline/core/error";
import type { Webhook } from "@brimline/core/job/spec/spec";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { createObject, readObject } from "../objects/object.ts";
import { DeliveryObject } from "../objects/delivery.ts";
import { EventObject } from "../objects/event.ts";
import { dropOfDeleted } from "../objects/listing.ts";
import { type ReceiverObject, receiverOf, rememberTry } from "../objects/receiver.ts";
import { SpecObject } from "../objects/spec.ts";
import { webhookSecrets } from "../objects/webhook-secrets.ts";
import { bodyOf } from "../webhook/chat.ts";
import { type ReceiverAnswer, RECEIVER_LIMITS, post } from "../webhook/receiver.ts";
import type { LogError } from "../log.ts";
import type { Service } from "../service.ts";
import { isOff, nextTryAtMs, signedHeaders, webhookId } from "../webhook/webhook.ts";

/** The event of a job that a webhook is to be told of. */
export interface DueEvent {
  jobId: string;
  sequence: number;
}

export interface DeliverInput extends DueEvent {
  /** A caller asked for one more try, so it is made even when the delivery is settled. */
  redeliver?: boolean;
}

/**
 * `waiting` means that the next try is not due yet, `unwanted` that the webhook does not ask for this event.
 */
export interface DeliverResult {
  outcome: DeliveryObject["outcome"] | "waiting" | "unwanted";
  /** The number of tries that were made, this one included. */
  tries: number;
  /** When the next try is due, Unix ms; null means never. */
  nextAtMs: number | null;
}

/**
 * Makes one try at telling a job's webhook of one event, if the try is due. The message is signed, the guard
 * judges the address, and the try is logged create-once. Delivery is at least once: after a crash between
 * sending and logging, the same id is sent again. The outbox marker is removed when nothing is left to try.
 */
export async function deliver(
  service: Service,
  input: DeliverInput,
  limits = RECEIVER_LIMITS,
): Promise<DeliverResult> {
  const { jobId, sequence } = input;
  const event = await eventOf(service, input);
  const stored = await readObject(service.data, keys.spec(jobId), SpecObject);
  const webhook = stored?.spec.webhook;
  // A marker whose event does not exist has nothing to send, so it stays.
  if (event === null) return { outcome: "waiting", tries: 0, nextAtMs: null };
  if (stored === null || webhook === undefined || webhook.events?.includes(event.type) === false) {
    await service.data.remove(keys.outbox(jobId, sequence));
    return { outcome: "unwanted", tries: 0, nextAtMs: null };
  }
  const log = await deliveriesOf(service, jobId);
  const last = lastTry(log, sequence);
  const { caller } = stored;
  const receiver = await receiverOf(service, { caller, url: webhook.url });
  if (input.redeliver !== true) {
    if (last !== null && last.nextAt === null) return settle(service, input, last);
    if (last !== null && dueAtMs(last) > service.now()) return resultOf("waiting", last);
    const isDisabled = log.some((delivery) => delivery.outcome === "disabled");
    if (isDisabled)
      return settle(service, input, await logged(service, { input, event, last, answer: DISABLED }));
    if (last === null && receiver?.failingSince != null && isOff(receiver, service.now())) {
      const answer = switchedOff(receiver.failingSince);
      return settle(service, input, await logged(service, { input, event, last, answer }));
    }
  }
  const answer = await tell(service, { input, event, caller, webhook, receiver }, limits);
  const written = await logged(service, { input, event, last, answer });
  return written.nextAt === null ? settle(service, input, written) : resultOf(written.outcome, written);
}

/**
 * The deliveries whose marker lies in the outbox and whose next try is due. A delivery that cannot be read is
 * reported to `logError` and left out.
 */
export async function dueDeliveries(service: Service, logError: LogError): Promise<DueEvent[]> {
  const markers = await Array.fromAsync(listAll(service.data, keys.outboxPrefix));
  const waiting = markers.map((key): DueEvent => {
    const [, jobId = "", sequence = ""] = key.split("/");
    return { jobId, sequence: Number(sequence) };
  });
  const isDue = await atOnce(REQUESTS_AT_ONCE, waiting, (delivery) =>
    isDueNow(service, delivery).catch((error: unknown) => logError(error, delivery)),
  );
  return waiting.filter((_, nth) => isDue[nth] === true);
}

/**
 * Whether a try is due. A settled delivery whose marker a crash left behind is due too: `deliver` then only
 * removes the marker. Only the last try is read.
 */
async function isDueNow(service: Service, { jobId, sequence }: DueEvent): Promise<boolean> {
  const tries = await Array.fromAsync(listAll(service.data, keys.deliveryPrefix(jobId, sequence)), (key) =>
    Number(/(\d+)\.json$/.exec(key)?.[1]),
  );
  const last = await readObject(
    service.data,
    keys.delivery(jobId, sequence, Math.max(0, ...tries)),
    DeliveryObject,
  );
  return last === null || dueAtMs(last) <= service.now();
}

const DISABLED: ReceiverAnswer = {
  outcome: "disabled",
  status: null,
  detail: "not sent: the receiver answered 410 (gone) to an earlier event of this job",
  retryAfter: null,
};

const switchedOff = (failingSince: string): ReceiverAnswer => ({
  outcome: "switched_off",
  status: null,
  detail: `not sent: the receiver is switched off, because every try at it has failed since ${failingSince}. It gets one event a day until it takes one; redeliver this one when it is back`,
  retryAfter: null,
});

async function eventOf(service: Service, { jobId, sequence }: DueEvent): Promise<EventObject | null> {
  for await (const key of listAll(service.data, keys.eventPrefix(jobId))) {
    const event = await readObject(service.data, key, EventObject);
    if (event?.sequence === sequence) return event;
  }
  return null;
}

interface LoggedDelivery extends DeliveryObject {
  sequence: number;
}

async function deliveriesOf(service: Service, jobId: string): Promise<LoggedDelivery[]> {
  const log: LoggedDelivery[] = [];
  for await (const key of listAll(service.data, keys.deliveryPrefix(jobId))) {
    const delivery = await readObject(service.data, key, DeliveryObject);
    if (delivery !== null) log.push({ ...delivery, sequence: Number(key.split("/")[2]) });
  }
  return log;
}

const lastTry = (log: LoggedDelivery[], sequence: number): LoggedDelivery | null =>
  log
    .filter((delivery) => delivery.sequence === sequence)
    .reduce<LoggedDelivery | null>(
      (last, next) => (last !== null && last.tries > next.tries ? last : next),
      null,
    );

const dueAtMs = (delivery: DeliveryObject): number =>
  delivery.nextAt === null ? 0 : Date.parse(delivery.nextAt);

const resultOf = (outcome: DeliverResult["outcome"], delivery: DeliveryObject): DeliverResult => ({
  outcome,
  tries: delivery.tries,
  nextAtMs: delivery.nextAt === null ? null : Date.parse(delivery.nextAt),
});

async function settle(
  service: Service,
  { jobId, sequence }: DueEvent,
  last: DeliveryObject,
): Promise<DeliverResult> {
  await service.data.remove(keys.outbox(jobId, sequence));
  return resultOf(last.outcome, last);
}

interface Try {
  input: DeliverInput;
  event: EventObject;
  last: DeliveryObject | null;
  answer: ReceiverAnswer;
}

/**
 * Logs one try under the next free number, so that two processes that deliver at the same time both leave
 * their try in the log.
 */
async function logged(service: Service, { input, event, last, answer }: Try): Promise<DeliveryObject> {
  for (let tries = (last?.tries ?? 0) + 1; ; tries++) {
    const delivery: DeliveryObject = {
      schema: "brimline.delivery/1",
      webhookId: webhookId(input.jobId, input.sequence),
      type: event.type,
      tries,
      at: new Date(service.now()).toISOString(),
      outcome: answer.outcome,
      status: answer.status,
      detail: answer.detail,
      nextAt: nextAtOf(service, { input, last, answer, tries }),
    };
    const key = keys.delivery(input.jobId, input.sequence, tries);
    if (!(await createObject(service.data, key, delivery))) continue;
    await dropOfDeleted(service, input.jobId, key);
    return delivery;
  }
}

function nextAtOf(
  service: Service,
  { input, last, answer, tries }: Omit<Try, "event"> & { tries: number },
): string | null {
  if (answer.outcome !== "failed" && answer.outcome !== "refused") return null;
  // A try that a caller asked for comes between the scheduled ones and does not restart their schedule.
  if (input.redeliver === true) return last?.nextAt ?? null;
  const atMs = nextTryAtMs(tries, service.now(), answer.retryAfter, service.config.webhookRetryS);
  return atMs === null ? null : new Date(atMs).toISOString();
}

interface Telling {
  input: DueEvent;
  event: EventObject;
  caller: string;
  webhook: Webhook;
  receiver: ReceiverObject | null;
}

async function tell(
  service: Service,
  { input, event, caller, webhook: { url, format }, receiver }: Telling,
  limits: typeof RECEIVER_LIMITS,
): Promise<ReceiverAnswer> {
  const secrets = await webhookSecrets(service, input.jobId);
  // Nothing is ever sent without a signature.
  if (secrets instanceof BrimlineError)
    return { outcome: "failed", status: null, detail: secrets.message, retryAfter: null };
  const body = bodyOf(event.body, format);
  const headers = signedHeaders(secrets, {
    id: webhookId(input.jobId, input.sequence),
    timestampS: Math.floor(service.now() / 1000),
    body,
  });
  const answer = await post(service.guard, { url, headers, body, secrets }, limits);
  if (answer.outcome === "delivered" || answer.outcome === "failed")
    await rememberTry(service, { caller, url }, receiver, answer.outcome === "delivered");
  return answer;
}
