import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Service } from "../../service.ts";
import { SEGMENT_MAX_BYTES } from "../agent/limits.ts";
import { RequestError } from "./problem.ts";

/** A body that is too large is not read, so what is said names the one field of a job that grows so far. */
export const jobTooLarge = (maxBytes: number): string =>
  `A job may have at most ${maxBytes.toLocaleString("en-US")} bytes of JSON. workload.prompts is the field that makes it larger: give fewer or shorter prompts.`;

/**
 * Bounds the size of every body before it is read. Segments, the only bodies that are PUT, have a bound of
 * their own.
 */
export function limitBody(service: Service): MiddlewareHandler {
  const limit = (maxSize: number): MiddlewareHandler =>
    bodyLimit({
      maxSize,
      onError: (c) => {
        throw new RequestError(
          "body_too_large",
          c.req.path === "/v1/jobs"
            ? jobTooLarge(maxSize)
            : `The body may have at most ${maxSize.toLocaleString("en-US")} bytes.`,
        );
      },
    });
  const segment = limit(SEGMENT_MAX_BYTES);
  const other = limit(service.config.caps.bodyBytes);
  return (c, next) => (c.req.method === "PUT" ? segment(c, next) : other(c, next));
}
