import { redact } from "@brimline/core/redact";
import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Log } from "../../log.ts";
import type { ServiceMetrics } from "../ports.ts";

const PATH_MAX = 200;
/** The paths that agents ask for every second while a job runs. */
const ROUTINE = /\/segments(\/|$)/;

/**
 * Logs one line for each request. Those that only read, and those that agents make every second, are logged
 * at level `debug`.
 */
export const logRequests =
  (log: Log, metrics?: ServiceMetrics): MiddlewareHandler =>
  async (c, next) => {
    const sinceMs = performance.now();
    await next();
    const { status } = c.res;
    const ms = performance.now() - sinceMs;
    metrics?.answered({ method: c.req.method, route: routePath(c, -1), status, seconds: ms / 1000 });
    const isRoutine = status < 400 && (c.req.method === "GET" || ROUTINE.test(c.req.path));
    log[isRoutine ? "debug" : "info"]({ ...aboutRequest(c), status, ms: Math.round(ms) }, "request");
  };

/** What a line of the log says of a request. The same id stands in the answer's `x-request-id`. */
export function aboutRequest(c: Context): object {
  const jobId = /\/v1\/jobs\/([a-z0-9]+)/.exec(c.res.headers.get("location") ?? c.req.path)?.[1];
  return {
    requestId: c.get("requestId"),
    ...(jobId !== undefined && { jobId }),
    method: c.req.method,
    path: redact(c.req.path, []).slice(0, PATH_MAX),
  };
}
