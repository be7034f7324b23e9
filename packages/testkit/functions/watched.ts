import { watchControl } from "@brimline/functions/tasks/watch";
import { diskStore } from "@brimline/store/disk";

/** Where a job's control object lies on disk, and how often to look at it. */
export interface ControlPlace {
  folder: string;
  jobId: string;
  everyMs: number;
}

/** Puts a shard that no service runs under the product's own watch, until `signal` ends it: it says once why the load must stop. */
export const underWatch = (
  { folder, jobId, everyMs }: ControlPlace,
  signal: AbortSignal,
  stop: (why: "cancelled" | "lost_control") => void,
): void =>
  watchControl({ data: diskStore(folder), config: { controlEveryMs: everyMs } }, jobId, signal, stop);
