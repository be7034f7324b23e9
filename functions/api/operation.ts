import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import type { Service } from "../service.ts";
import type { Ports } from "./ports.ts";
import { RequestError } from "./door/problem.ts";

/** How long the store may take to answer before the service is not ready. */
const STORE_MS = 2000;
const RETRY_S = "10";

/** `GET /health` says that the process answers. One that does not should be started anew. */
export const readHealth =
  (service: Service) =>
  (c: Context): Response =>
    c.json({ status: "ok", generator: service.config.generator }, 200, { "cache-control": "no-store" });

/** `GET /ready` says whether requests should be sent here: the store answers, and the service is not stopping. */
export const readReady =
  (service: Service, ports: Ports) =>
  async (c: Context): Promise<Response> => {
    refuseStopping(ports);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("late")), STORE_MS);
    try {
      await Promise.race([service.data.list(keys.openPrefix, { limit: 1 }), late]);
    } catch {
      throw notReady("The object store does not answer.");
    } finally {
      clearTimeout(timer);
    }
    return c.json({ status: "ready" }, 200, { "cache-control": "no-store" });
  };

/** It throws RequestError `not_ready` while the service stops. */
export function refuseStopping({ isStopping }: Pick<Ports, "isStopping">): void {
  if (isStopping?.() === true)
    throw notReady("The service is stopping. Accepted jobs go on when it starts again.");
}

const notReady = (detail: string): RequestError =>
  new RequestError("not_ready", detail, { headers: { "retry-after": RETRY_S } });

/** `GET /metrics` answers what Prometheus reads. A platform that has its own metrics has none here. */
export const readMetrics =
  (service: Service, { metrics }: Ports) =>
  async (c: Context): Promise<Response> => {
    if (metrics === undefined)
      throw new RequestError(
        "not_found",
        "This platform has its own metrics: CloudWatch's of each function.",
      );
    const { body, contentType } = await metrics.read(service);
    return c.body(body, 200, { "content-type": contentType, "cache-control": "no-store" });
  };
