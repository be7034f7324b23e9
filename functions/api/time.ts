import type { Context } from "hono";
import type { Service } from "../service.ts";

/** `POST /v1/time`: one clock probe. The agent stamps its own two times and fits its clock to ours; nobody sets a clock. */
export const readTime =
  (service: Service) =>
  (c: Context): Response => {
    const receivedUnixMs = service.now();
    return c.json({ receivedUnixMs, answeredUnixMs: service.now() }, 200, { "cache-control": "no-store" });
  };

/** `GET /health`: the service answers. */
export const readHealth =
  (service: Service) =>
  (c: Context): Response =>
    c.json({ status: "ok", generator: service.config.generator }, 200, { "cache-control": "no-store" });
