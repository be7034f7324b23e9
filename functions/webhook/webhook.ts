import type { Secret } from "@brimline/core/secret";
import { Webhook } from "standardwebhooks";

/**
 * Webhooks follow https://www.standardwebhooks.com: what is signed, what an answer means and when the next
 * try is due.
 */

/**
 * The id of an event. It is the same for every try, so that a receiver can tell a repeat from a new event.
 */
export const webhookId = (job: string, sequence: number): string =>
  `${job}-${String(sequence).padStart(4, "0")}`;

/**
 * The headers of one try: the id, the time of the try, and the signature of both with the body. With several secrets
 * each makes one, and the receiver takes any.
 */
export const signedHeaders = (
  secrets: Secret[],
  message: { id: string; timestampS: number; body: string },
): Record<string, string> => ({
  "webhook-id": message.id,
  "webhook-timestamp": String(message.timestampS),
  "webhook-signature": secrets
    .map((secret) =>
      new Webhook(secret.reveal()).sign(message.id, new Date(message.timestampS * 1000), message.body),
    )
    .join(" "),
});

/**
 * What a status means. A redirect is a failure, because only the judged address is told. 410 asks for no more
 * events.
 */
export function meaningOf(status: number): "delivered" | "failed" | "disabled" {
  if (status === 410) return "disabled";
  return status >= 200 && status < 300 ? "delivered" : "failed";
}

/**
 * The seconds before the second and each further try: 10 tries over 75 h. The first two waits are short, for
 * a receiver that restarts, and the last five span a weekend.
 */
export const RETRY_S: readonly number[] = [
  5,
  30,
  300,
  3600,
  4 * 3600,
  10 * 3600,
  16 * 3600,
  20 * 3600,
  24 * 3600,
];

/** A receiver of which every try has failed for so long is switched off. */
const OFF_AFTER_MS = 72 * 3_600_000;
/** One that is switched off gets one event in so long, so that it is found when it is back. */
const LOOK_AGAIN_MS = 24 * 3_600_000;

/** Whether a receiver is switched off now, so that a new event is not sent to it. */
export const isOff = (
  { failingSince, triedAt }: { failingSince: string | null; triedAt: string },
  nowMs: number,
): boolean =>
  failingSince !== null &&
  nowMs - Date.parse(failingSince) >= OFF_AFTER_MS &&
  nowMs - Date.parse(triedAt) < LOOK_AGAIN_MS;

/** The longest time that a receiver can postpone the next try. */
const RETRY_AFTER_MAX_S = 24 * 3600;

/**
 * When the next try is due after so many tries, Unix ms. A later `retry-after` postpones it. It is null when
 * no try is left.
 */
export function nextTryAtMs(
  tries: number,
  nowMs: number,
  retryAfter: string | null,
  waitsS: readonly number[] = RETRY_S,
): number | null {
  const waitS = waitsS[tries - 1];
  if (waitS === undefined) return null;
  return nowMs + 1000 * Math.max(waitS, Math.min(retryAfterS(retryAfter, nowMs) ?? 0, RETRY_AFTER_MAX_S));
}

const IMF_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * RFC 9110 allows whole seconds, or a date in the one form that senders may write. It is null for any other
 * text, because `Date.parse("-5")` gives a date.
 */
function retryAfterS(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!IMF_DATE.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : (atMs - nowMs) / 1000;
}
