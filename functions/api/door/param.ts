import type { Context } from "hono";
import { isId } from "../id.ts";
import { RequestError } from "./problem.ts";

/** The id in the path. Text that is no id of ours is refused here, so it never becomes part of a key. */
export function idParam(c: Context): string {
  const id = c.req.param("id") ?? "";
  if (!isId(id)) throw new RequestError("not_found", "Ids are 20 characters of a-z and 0-9.");
  return id;
}

/** The number of an event in the path. */
export function sequenceParam(c: Context): number {
  const text = c.req.param("n") ?? "";
  if (!/^\d{1,4}$/.test(text))
    throw new RequestError("not_found", "Events have numbers, as in the list of deliveries.");
  return Number(text);
}
