import { keys } from "@brimline/store/keys";
import { ControlObject } from "../objects/control.ts";
import type { Service, ServiceConfig } from "../service.ts";

/** A shard that cannot see whether it was cancelled stops: with the poll's period this is less than the 10 s that we promise. */
const DEAD_MAN_MS = 8000;

/** What the watch needs of a service. */
interface WatchedService extends Pick<Service, "data"> {
  config: Pick<ServiceConfig, "controlEveryMs">;
}

/**
 * Watches a job's control object until `signal` ends it, and says once why the load must stop: `cancelled`, or `lost_control` when
 * the object could not be read for 8 s. A missing object counts as unreadable.
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
      // Whatever keeps us from reading it, the dead-man switch decides.
      return "unreadable";
    }
  };

  const deadMan = (): void => {
    if (performance.now() - seenMs >= DEAD_MAN_MS) stop("lost_control");
  };
  // A read that hangs must not hold the switch back, so it has a timer of its own.
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
