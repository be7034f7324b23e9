import { handler as aggregate } from "../aggregate.ts";
import { handler as notify } from "../notify.ts";
import { handler as preflight } from "../preflight.ts";
import { handler as publish } from "../publish.ts";
import { handler as shard } from "../shard.ts";

/** Several functions in one process, because each takes seconds to start: an event names one of them and holds its own. */

const HANDLERS: Record<string, (event: unknown) => Promise<unknown>> = {
  aggregate,
  notify,
  preflight,
  publish,
  shard,
};

export const handler = async ({ step, event }: { step: string; event: unknown }): Promise<unknown> =>
  HANDLERS[step]?.(event);
