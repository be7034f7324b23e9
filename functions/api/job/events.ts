import { hasEnded } from "@brimline/core/job/state/job";
import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { eventsAfter } from "../../objects/event.ts";
import type { LogError } from "../../log.ts";
import type { Service } from "../../service.ts";
import type { ServiceMetrics } from "../ports.ts";
import { callerNow } from "../door/auth.ts";
import { RequestError } from "../door/problem.ts";
import { jobFor, jobOf, jobOfPath, seesBaseline } from "./job-view.ts";

/** The longest silence. Proxies close a connection that is silent for long, and the API promises 15 s. */
const HEARTBEAT_MS = 10_000;

/**
 * `GET /v1/jobs/{id}/events` is a stream of server-sent events. `progress` carries the Job, at every look
 * while it runs and otherwise when it changed. Every other stream event carries an Event, with its sequence
 * as id. With `Last-Event-ID` only later events are sent. The stream ends when the job has ended or when an
 * answer may not last longer. A reader that comes back with nothing left to read gets 204, which stops an
 * EventSource.
 */
export const streamEvents =
  (service: Service, logError: LogError, metrics?: ServiceMetrics, heartbeatMs = HEARTBEAT_MS) =>
  async (c: Context): Promise<Response> => {
    const after = lastEventId(c);
    const stored = await jobOfPath(service, c);
    const { id } = stored.spec;
    const job = await jobOf(service, stored);
    if (after !== null && hasEnded(job.state) && (await eventsAfter(service, id, after)).length === 0)
      return c.body(null, 204);
    // A proxy that buffers the stream would hold every event back.
    c.header("x-accel-buffering", "no");
    const closed = metrics?.openStream();
    return streamSSE(c, (stream) =>
      follow(service, c, { id, after: after ?? -1, heartbeatMs }, stream)
        .catch((error: unknown) => {
          // The job was deleted or hidden meanwhile, or the key is valid no longer. A reader that comes back is told.
          if (!(error instanceof RequestError)) logError(error, { jobId: id });
        })
        .finally(closed),
    );
  };

function lastEventId(c: Context): number | null {
  const text = c.req.header("last-event-id") ?? "";
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

async function follow(
  service: Service,
  c: Context,
  { id, after, heartbeatMs }: { id: string; after: number; heartbeatMs: number },
  stream: SSEStreamingApi,
): Promise<void> {
  let sequence = after;
  let shown = "";
  const endMs = performance.now() + (service.config.eventsMaxMs ?? Infinity);
  let heardMs = performance.now();
  while (!stream.aborted) {
    // The state is read first. When it says that the job has ended, the store already has all events.
    const caller = await callerNow(service, c);
    const stored = await jobFor(service, caller, id, "read");
    const job = await jobOf(service, stored);
    const events = await eventsAfter(service, id, sequence);
    const compares = await seesBaseline(service, caller, stored);
    for (const event of events) {
      const { body } = event;
      await stream.writeSSE({
        event: event.type,
        data: JSON.stringify(compares ? body : { ...body, data: { ...body.data, comparison: null } }),
        id: String(event.sequence),
      });
      sequence = event.sequence;
    }
    const progress = JSON.stringify(job);
    const showsProgress = progress !== shown || job.state === "running";
    if (showsProgress) await stream.writeSSE({ event: "progress", data: progress });
    shown = progress;
    if (hasEnded(job.state) || performance.now() + service.config.progressEveryMs > endMs) return;
    if (showsProgress || events.length > 0) heardMs = performance.now();
    if (performance.now() - heardMs >= heartbeatMs) {
      await stream.write(": still here\n\n");
      heardMs = performance.now();
    }
    await stream.sleep(service.config.progressEveryMs);
  }
}
