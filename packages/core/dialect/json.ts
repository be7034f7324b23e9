/** How dialects read JSON that an endpoint wrote: every field may be missing or of another type. */

export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The parsed object. It is null if the text is not the JSON of one. */
export function jsonOf(text: string): Json | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJson(parsed) ? parsed : null;
  } catch {
    return null;
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

/** `{"error": …}` as most engines write it, or vLLM's older `{"object": "error", "message": …}`. */
function errorOf(event: Json, data: string): string | null {
  const error = event["object"] === "error" ? event : event["error"];
  if (isText(error)) return error;
  return isJson(error) ? (messageOf(error) ?? data) : null;
}

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
/** Finish reasons of an answer that its server gave up: vLLM's and SGLang's abort, gateways' error. */
const GIVEN_UP = /^(?:abort(?:ed)?|error|failed|cancell?ed)$/i;

/** What a finish reason says: how the answer ended, or that it failed. */
export function finishOf(reason: string | undefined): { finishReason: string | null; error: string | null } {
  if (reason !== undefined && GIVEN_UP.test(reason))
    return { finishReason: null, error: `the finish reason is ${reason}` };
  return { finishReason: reason?.slice(0, FINISH_REASON_MAX) ?? null, error: null };
}
