import type { Context } from "hono";
import type { Service } from "../../service.ts";

/**
 * `POST /v1/time` answers one clock probe. The agent adds its own two times, and the offset of its clock
 * follows from all four.
 */
export const readTime =
  (service: Service) =>
  (c: Context): Response => {
    const receivedUnixMs = service.now();
    return c.json({ receivedUnixMs, answeredUnixMs: service.now() }, 200, { "cache-control": "no-store" });
  };
