import type { RequestRecord } from "@brimline/core/record/record";
import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { streamsOf } from "../certificate/proof.ts";
import type { ShardDone } from "../shards/start.ts";
import type { StreamLog } from "../truth/log.ts";

/**
 * The records of a shard as they would be with the server's times: a chunk came when it was written, and the answer
 * is done with its last chunk. A request is sent when the server had read it, or when its record says. What was not
 * answered whole stays as it is. It throws where the log lacks a request or one of its chunks.
 */
export function recordsAsWritten(
  plan: ShardPlan,
  { records, t0ClockMs }: Pick<ShardDone, "records" | "t0ClockMs">,
  log: StreamLog[],
  sent: "read" | "recorded",
): RequestRecord[] {
  const streamOf = streamsOf(plan, log);
  return records.map((record) => {
    if (record.outcome !== "ok") return record;
    const { gotMs, writtenMs } = streamOf(record.index);
    if (writtenMs.length !== record.gapsUs.length)
      throw new Error(`request ${record.index} has ${record.gapsUs.length} of ${writtenMs.length} chunks`);
    const us = (clockMs: number): number => Math.round(1000 * (clockMs - t0ClockMs));
    const sentUs = sent === "read" ? us(gotMs) : Math.round(1000 * record.sentMs);
    const atUs = Array.from(writtenMs, us);
    const firstMs = (atUs[0] ?? Number.NaN) / 1000;
    const lastMs = (atUs.at(-1) ?? Number.NaN) / 1000;
    return {
      ...record,
      sentMs: sentUs / 1000,
      firstByteMs: firstMs,
      firstMs,
      firstVisibleMs: firstMs,
      lastMs,
      doneMs: lastMs,
      gapsUs: atUs.map((at, chunk) => at - (atUs[chunk - 1] ?? sentUs)),
      merged: [],
    };
  });
}
