import { calmHelperThreads } from "@brimline/load/calm";
import { certify } from "@brimline/load/certificate";
import { createGuard } from "@brimline/load/guard/guard";
import { runShard } from "@brimline/load/shard";
import { watchControl } from "@brimline/functions/steps/watch";
import { diskStore } from "@brimline/store/disk";
import type { RequestRecord } from "@brimline/core/record/record";
import type { ShardRun } from "./start.ts";

/**
 * A process as the product's workers are: it measures itself and so warms its code, then runs each shard that it is told to, under the
 * product's watch over the control object. It lives no longer than the channel to whoever started it.
 */
process.on("disconnect", () => process.exit(0));
const certification = await certify();
calmHelperThreads();
process.on("message", (run: ShardRun) => void answer(run));
process.send?.("ready");

async function answer({ task, control }: ShardRun): Promise<void> {
  const records: RequestRecord[] = [];
  const over = new AbortController();
  const cancel = new AbortController();
  const ports = { guard: createGuard({ profile: "local" }), onRecord: (record: RequestRecord) => void records.push(record), cancel: cancel.signal };
  const run = runShard(task, ports);
  if (control !== null) {
    const service = { data: diskStore(control.folder), config: { controlEveryMs: control.everyMs } };
    watchControl(service, control.jobId, over.signal, (why) => cancel.abort(why));
  }
  const summary = { ...(await run.ended), ...certification };
  over.abort();
  process.send?.({ summary, records });
}
