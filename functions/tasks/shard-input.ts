import { AttemptStart } from "@brimline/core/job/level/attempt";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";

/** What invokes a shard needs this file alone, and loads nothing of the code that sends load. */
export const ShardInput = z.object({ jobId: z.string(), attemptKey: z.string(), shard: z.int() });
export type ShardInput = z.infer<typeof ShardInput>;

/** How long a shard may still take before it counts as lost, ms. */
export async function shardLimitMs(service: Service, input: unknown): Promise<number> {
  const start = await readObject(
    service.data,
    keys.attemptStart(ShardInput.parse(input).attemptKey),
    AttemptStart,
  );
  return Math.max(0, (start?.lostAfterUnixMs ?? 0) - service.now());
}
