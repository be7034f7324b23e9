import type { Context } from "hono";
import { isId } from "./id.ts";
import { RequestError } from "./problem.ts";

/** An id from the path; anything else than an id of ours names nothing, and never becomes part of a key. */
export function idParam(c: Context): string {
  const id = c.req.param("id") ?? "";
  if (!isId(id)) throw new RequestError("not_found", "Ids are 20 characters of a-z and 0-9.");
  return id;
}

/** A number of an event from the path. */
export function sequenceParam(c: Context): number {
  const text = c.req.param("n") ?? "";
  if (!/^\d{1,4}$/.test(text))
    throw new RequestError("not_found", "Events have numbers, as in the list of deliveries.");
  return Number(text);
}
