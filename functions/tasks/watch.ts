import { keys } from "@brimline/store/keys";
import { ControlObject } from "../objects/control.ts";
import type { Service, ServiceConfig } from "../service.ts";

/**
 * A shard that cannot read its control object for this long stops. With the poll's period it stays below the
 * promised 10 s.
 */
const DEAD_MAN_MS = 8000;

/** The part of a service that the watch needs. */
interface WatchedService extends Pick<Service, "data"> {
  config: Pick<ServiceConfig, "controlEveryMs">;
}

/**
 * Watches a job's control object until `signal` ends it, and calls `stop` with the reason when the load must
 * stop: `cancelled`, or `lost_control` when the object could not be read for 8 s. A missing object counts as
 * unreadable.
 */
export function watchControl(
  service: WatchedService,
  jobId: string,
  signal: AbortSignal,
  stop: (why: "cancelled" | "lost_control") => void,
): void {
  const key = keys.control(jobId);
  let etag = "";
  let seenMs = performance.now();

  const look = async (): Promise<"run" | "cancel" | "unreadable"> => {
    try {
      const object = etag === "" ? await service.data.get(key) : await service.data.getIfChanged(key, etag);
      if (object === "unchanged") return "run";
      if (object === null) return "unreadable";
      etag = object.etag;
      return ControlObject.parse(JSON.parse(object.body.toString("utf8"))).action;
    } catch {
      // Whatever the reason is, the dead-man switch decides when the load must stop.
      return "unreadable";
    }
  };

  const deadMan = (): void => {
    if (performance.now() - seenMs >= DEAD_MAN_MS) stop("lost_control");
  };
  // The switch has a timer of its own, so that a read that hangs does not delay it.
  const switchTimer = setInterval(deadMan, 500);
  let reading = false;
  const poll = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    const seen = await look();
    reading = false;
    if (seen === "unreadable") return;
    seenMs = performance.now();
    if (seen === "cancel") stop("cancelled");
  };
  const pollTimer = setInterval(() => void poll(), service.config.controlEveryMs);
  void poll();
  signal.addEventListener("abort", () => {
    clearInterval(switchTimer);
    clearInterval(pollTimer);
  });
}
