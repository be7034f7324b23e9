import { handler as aggregate } from "@brimline/functions/aws/aggregate";
import { handler as notify } from "@brimline/functions/aws/notify";
import { handler as preflight } from "@brimline/functions/aws/preflight";
import { handler as publish } from "@brimline/functions/aws/publish";
import { handler as shard } from "@brimline/functions/aws/shard";

/**
 * Several functions in one process, because each takes seconds to start. An event names one of them and holds
 * that function's own event.
 */

const HANDLERS: Record<string, (event: unknown) => Promise<unknown>> = {
  aggregate,
  notify,
  preflight,
  publish,
  shard,
};

export const handler = async ({ task, event }: { task: string; event: unknown }): Promise<unknown> =>
  HANDLERS[task]?.(event);
