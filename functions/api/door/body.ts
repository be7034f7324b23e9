import { fieldErrors, pointerOf } from "@brimline/core/job/spec/issues";
import type { Context } from "hono";
import type { z } from "zod";
import { type ProblemError, RequestError } from "./problem.ts";

/**
 * The deepest body that is read. No field of ours lies deeper, and a recursive schema is far from exhausting
 * the stack.
 */
const DEPTH_MAX = 64;
/**
 * Names that change an object's prototype when code copies them carelessly. No field of ours or of an
 * endpoint's API has one.
 */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/**
 * The JSON body of a request, checked against the schema, with its bytes. It throws RequestError 415 for
 * another kind of body, 400 when it is not JSON and 422 when it does not fit the schema.
 */
export async function readBody<T extends z.ZodType>(
  c: Context,
  schema: T,
): Promise<{ value: z.output<T>; bytes: Uint8Array }> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
    throw new RequestError(
      "unsupported_media_type",
      "Send JSON with the header content-type: application/json.",
    );
  }
  if ((c.req.header("content-encoding") ?? "identity") !== "identity") {
    throw new RequestError("unsupported_media_type", "Send the body as it is, without content-encoding.");
  }
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const body = parseJson(bytes);
  refuseDangers(body);
  return { value: check(schema, body), bytes };
}

/** The value as its schema gives it. It throws RequestError 422 with a pointer for each complaint. */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(fieldErrors(parsed.error.issues, value));
}

export const invalid = (errors: ProblemError[]): RequestError =>
  new RequestError("invalid_request", "See errors: each names a field and what it must be.", { errors });

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError("malformed_body", "The body must be one JSON value in UTF-8.");
  }
}

/**
 * Walks the body with a stack of its own, so that a deeply nested body cannot exhaust the call stack here.
 */
function refuseDangers(body: unknown): void {
  const stack: { value: unknown; path: string[] }[] = [{ value: body, path: [] }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null) continue;
    if (path.length >= DEPTH_MAX)
      throw new RequestError("malformed_body", `The body is nested deeper than ${DEPTH_MAX} levels.`);
    for (const [key, inner] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(key))
        throw invalid([
          { pointer: pointerOf([...path, key]), detail: "is a name that is not allowed anywhere" },
        ]);
      stack.push({ value: inner, path: [...path, key] });
    }
  }
}
