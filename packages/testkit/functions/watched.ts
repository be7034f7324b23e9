import { watchControl } from "@brimline/functions/tasks/watch";
import { diskStore } from "@brimline/store/disk";

/** Where a job's control object lies on disk, and how often it is read. */
export interface ControlPlace {
  folder: string;
  jobId: string;
  everyMs: number;
}

/**
 * Watches a shard that no service runs, with the product's own watch, until `signal` aborts. It calls `stop`
 * once, with the reason why the load must stop.
 */
export const underWatch = (
  { folder, jobId, everyMs }: ControlPlace,
  signal: AbortSignal,
  stop: (why: "cancelled" | "lost_control") => void,
): void =>
  watchControl({ data: diskStore(folder), config: { controlEveryMs: everyMs } }, jobId, signal, stop);
