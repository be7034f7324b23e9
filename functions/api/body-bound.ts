import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Service } from "../service.ts";
import { SEGMENT_MAX_BYTES } from "./limits.ts";
import { RequestError } from "./problem.ts";

/**
 * Bounds the size of every body before it is read. Segments, the only bodies that are PUT, have a bound of
 * their own.
 */
export function limitBody(service: Service): MiddlewareHandler {
  const limit = (maxSize: number): MiddlewareHandler =>
    bodyLimit({
      maxSize,
      onError: () => {
        throw new RequestError("body_too_large", `The body may have at most ${maxSize} bytes.`);
      },
    });
  const segment = limit(SEGMENT_MAX_BYTES);
  const other = limit(service.config.caps.bodyBytes);
  return (c, next) => (c.req.method === "PUT" ? segment(c, next) : other(c, next));
}
