import { preferReadingThread } from "@brimline/load/priority";
import { certify } from "@brimline/load/certificate/certificate";
import { certifiedStreams } from "@brimline/load/certificate/size";
import { createGuard } from "@brimline/load/guard/guard";
import { runShard } from "@brimline/load/level/shard";
import { monotonicOriginUnixMs } from "@brimline/load/clock/wall";
import { underWatch } from "@brimline/testkit/functions/watched";
import type { RequestRecord } from "@brimline/core/record/record";
import type { ShardRun } from "./start.ts";

/**
 * A process like the product's workers. It measures itself and so warms its code, then runs each shard that
 * it is told to run, under the product's watch over the control object. It lives no longer than the channel
 * to the process that started it.
 */
process.on("disconnect", () => process.exit(0));
/** How often two clocks are read. The largest reading is the one with the least time between the two. */
const READINGS = 50;
const [streams = "0"] = process.argv.slice(2);
const certification = await certify({ streams: certifiedStreams(Number(streams)) });
preferReadingThread();
process.on("message", (run: ShardRun) => void answer(run));
process.send?.("ready");

async function answer({ plan, control }: ShardRun): Promise<void> {
  const records: RequestRecord[] = [];
  const over = new AbortController();
  const cancel = new AbortController();
  const ports = {
    guard: createGuard({ profile: "local" }),
    onRecord: (record: RequestRecord) => void records.push(record),
    cancel: cancel.signal,
  };
  const zeroUnixMs = monotonicOriginUnixMs();
  const run = runShard(plan, ports);
  if (control !== null) underWatch(control, over.signal, (why) => cancel.abort(why));
  const summary = { ...(await run.ended), ...certification };
  over.abort();
  process.send?.({ summary, records, t0ClockMs: clockZeroMs() + summary.t0UnixMs - zeroUnixMs });
}

/** CLOCK_MONOTONIC ms at 0 of `performance.now()`. */
const clockZeroMs = (): number =>
  Math.max(
    ...Array.from({ length: READINGS }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()),
  );
