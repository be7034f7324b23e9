/** How dialects read JSON that an endpoint wrote: every field may be missing or of another type. */

export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The parsed object. It is null if the text is not the JSON of one. */
export function jsonOf(text: string): Json | null {
  const parsed = parsedOf(text) ?? parsedOf(withoutNoNumbers(text));
  return isJson(parsed) ? parsed : null;
}

/**
 * Python writes NaN and Infinity in JSON, which has no such numbers, and reads them. Every quote begins a match, so
 * that the time is linear in whatever a server sends.
 */
const withoutNoNumbers = (text: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\[^]?)*"?|NaN|-?Infinity/g, (found) =>
    found.startsWith('"') ? found : "null",
  );

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error that an event reports by its type, or in itself or another of its parts. */
export function errorIn(parts: readonly (Json | null)[], data: string, type: string): string | null {
  for (const part of parts) {
    const error = part === null ? null : errorOf(part, data);
    if (error !== null) return error;
  }
  return type === "error" ? (messageOf(parts[0] ?? null) ?? data) : null;
}

/**
 * `{"error": …}` as most engines write it, or vLLM's older `{"object": "error", "message": …}`. Gateways also write a
 * flag or a list of errors, a code beside a message (Alibaba's), or a `detail` (FastAPI's).
 */
function errorOf(event: Json, data: string): string | null {
  const error = event["object"] === "error" ? event : (event["error"] ?? event["errors"]);
  if (isText(error)) return error;
  if (isJson(error)) return messageOf(error) ?? data;
  const [first = null] = listOf(error);
  if (error === true || first !== null) return messageOf(first ?? event) ?? data;
  if (isText(event["detail"])) return event["detail"];
  return Array.isArray(event["detail"]) ? data : isCode(event["code"]) ? messageOf(event) : null;
}

/** Zero, or a status of success, is no error. */
const isCode = (code: unknown): boolean => isText(code) || (typeof code === "number" && code >= 300);

const messageOf = (error: Json | null): string | null => {
  const message = error?.["message"];
  return isText(message) ? message : null;
};

/** What kind of event it is: by its own field, which gateways that drop the `event:` line keep, or else by that line. */
export function typeOf(event: Json | null, type: string): string {
  const own = event?.["type"];
  return isText(own) ? own : type;
}

const FINISH_REASON_MAX = 64;
/**
 * Finish reasons of an answer that its server gave up: vLLM's and SGLang's `abort`, TensorRT-LLM's `cancelled` and
 * `timeout`, DeepSeek's `insufficient_system_resource`, Zhipu's `network_error`, and gateways' `error`.
 */
const GIVEN_UP = /abort|error|fail|cancel|time[d_]*out|insufficient|interrupt|disconnect|overload/i;

/** What a finish reason says: how the answer ended, or that it failed. */
export function finishOf(reason: string | undefined): { finishReason: string | null; error: string | null } {
  if (reason !== undefined && GIVEN_UP.test(reason))
    return { finishReason: null, error: `the finish reason is ${reason}` };
  return { finishReason: reason?.slice(0, FINISH_REASON_MAX) ?? null, error: null };
}
