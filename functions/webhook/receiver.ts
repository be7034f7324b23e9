import { BrimlineError } from "@brimline/core/error";
import { redact } from "@brimline/core/redact";
import { Secret } from "@brimline/core/secret";
import { ConnectError } from "@brimline/load/guard/answers";
import type { Guard } from "@brimline/load/guard/guard";
import type { Dispatcher } from "undici";
import type { DeliveryObject } from "../objects/delivery.ts";
import { meaningOf } from "./webhook.ts";

/** How one try at telling a receiver ended. */
export interface ReceiverAnswer {
  outcome: DeliveryObject["outcome"];
  status: number | null;
  detail: string | null;
  retryAfter: string | null;
}

export interface Message {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** They are taken out of the receiver's answer, in case the answer repeats one. */
  secrets: Secret[];
}

export const RECEIVER_LIMITS = {
  totalMs: 15_000,
  connectMs: 5000,
  bodyBytes: 64 * 1024,
  detailCharacters: 500,
};

/**
 * POSTs a message once to an address that the guard has judged. It follows no redirects, and its time and its
 * reading are bounded.
 */
export async function post(
  guard: Guard,
  message: Message,
  limits = RECEIVER_LIMITS,
): Promise<ReceiverAnswer> {
  try {
    return await answerTo(guard, message, limits);
  } catch (error) {
    return unsent(error, limits);
  }
}

async function answerTo(
  guard: Guard,
  { url, headers, body, secrets }: Message,
  limits: typeof RECEIVER_LIMITS,
): Promise<ReceiverAnswer> {
  const target = guard.judge(url);
  // It is loaded only here, because most services have nobody to tell.
  const { Agent, request } = await import("undici");
  const dispatcher = new Agent({
    connect: guard.connect({ connectTimeoutMs: limits.connectMs }),
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    const response = await request(target, {
      dispatcher,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "brimline-webhook",
        "accept-encoding": "identity",
        ...headers,
      },
      body,
      signal: AbortSignal.timeout(limits.totalMs),
    });
    const outcome = meaningOf(response.statusCode);
    const said = await excerpt(response.body, [...secrets, ...secretsOf(target)], limits);
    const retryAfter = response.headers["retry-after"];
    return {
      outcome,
      status: response.statusCode,
      detail:
        outcome === "delivered"
          ? null
          : `the receiver answered ${response.statusCode}${said === "" ? "" : `: ${said}`}`,
      retryAfter: typeof retryAfter === "string" ? retryAfter : null,
    };
  } finally {
    await dispatcher.destroy();
  }
}

/** A part of a URL as long as this may be what lets its holder post there, as in the URL of a chat's webhook. */
const URL_SECRET_MIN = 16;

/** What of a receiver's URL an answer must not repeat: servers quote the path that they do not have. */
const secretsOf = ({ pathname, search, searchParams }: URL): Secret[] =>
  [pathname, search.slice(1), ...pathname.split("/"), ...searchParams.values()]
    .filter((part) => part.length >= URL_SECRET_MIN)
    .map((part) => new Secret(part));

/**
 * The beginning of the receiver's answer. Its status is known by now, so an answer that is cut off or slow
 * changes nothing.
 */
async function excerpt(
  body: Dispatcher.ResponseData["body"],
  secrets: Secret[],
  limits: typeof RECEIVER_LIMITS,
): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= limits.bodyBytes) break;
    }
  } catch {
    // The part that came before the error is shown.
  }
  const text = redact(Buffer.concat(chunks).subarray(0, limits.bodyBytes).toString("utf8"), secrets);
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .slice(0, limits.detailCharacters)
    .toWellFormed()
    .trim();
}

function unsent(error: unknown, limits: typeof RECEIVER_LIMITS): ReceiverAnswer {
  if (error instanceof BrimlineError)
    return { outcome: "refused", status: null, detail: error.message, retryAfter: null };
  return { outcome: "failed", status: null, detail: whyUnsent(error, limits), retryAfter: null };
}

function whyUnsent(error: unknown, limits: typeof RECEIVER_LIMITS): string {
  if (error instanceof ConnectError) return error.message;
  if (error instanceof Error && error.name === "TimeoutError")
    return `no answer within ${limits.totalMs / 1000} s`;
  // undici's parser errors have no code.
  if (error instanceof Error && error.name === "HTTPParserError") return "the receiver does not speak HTTP";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code !== "string") throw error;
  return `the connection broke before an answer (${code})`;
}
