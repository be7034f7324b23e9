import { AttemptStart } from "@brimline/core/job/level/attempt";
import { ShardSummary } from "@brimline/core/record/record";
import { ask, type Deployment } from "./lambda/deployment.ts";
import type { LambdaHost } from "./lambda/host.ts";
import { begun, examined } from "./lambda/job.ts";
import { LEAD_MS } from "@brimline/functions/aws/limits";
import { shardRecords } from "@brimline/functions/objects/records";
import { readObject } from "@brimline/functions/objects/object";
import type { ShardInput } from "@brimline/functions/tasks/shard-input";
import { keys } from "@brimline/store/keys";
import { join } from "node:path";

/** Where `npm run check:aws` leaves the bundles of all functions. */
export const BUNDLES = join(import.meta.dirname, "../../.sst/check/functions/aws");
export const bundleOf = (name: string): string => join(BUNDLES, `${name}.mjs`);

const USERS = 2;
const DURATION_S = 2;

/** One shard as it was seen from outside, ms. */
export interface SeenShard {
  summary: ShardSummary;
  /** From the decision to start it until its process could be called. */
  readyMs: number;
  /** From T0 to its first request. */
  skewMs: number;
}

/**
 * Runs a level over this many shards. Each is the bundled function in a process of its own, which is started
 * when the level is decided on. `prepare` says what is done with each process before it is called, and `bundle`
 * where the function lies.
 */
export async function coldLevel(
  on: Deployment,
  url: string,
  id: string,
  {
    shards,
    prepare,
    bundle = bundleOf("shard"),
  }: { shards: number; prepare?: (host: LambdaHost) => void; bundle?: string },
) {
  await examined(on.data, id, { endpoint: { url, model: "sim-quick" }, levels: [USERS * shards] });
  const attemptKey = await begun(on.data, id, {
    users: USERS * shards,
    durationS: DURATION_S,
    leadMs: LEAD_MS,
    shards,
  });
  return Promise.all(
    Array.from({ length: shards }, (_, shard) => seen(on, bundle, { jobId: id, attemptKey, shard }, prepare)),
  );
}

async function seen(
  on: Deployment,
  bundle: string,
  input: ShardInput,
  prepare?: (host: LambdaHost) => void,
): Promise<SeenShard> {
  const startMs = performance.now();
  const host = await on.start(bundle, { env: { BRIMLINE_ALLOW: "127.0.0.0/8" }, isOutside: true });
  const readyMs = performance.now() - startMs;
  prepare?.(host);
  try {
    const answer = await ask(host, input);
    const summary = await readObject(on.data, keys.shardSummary(input.attemptKey, input.shard), ShardSummary);
    const start = await readObject(on.data, keys.attemptStart(input.attemptKey), AttemptStart);
    if (summary === null || start === null)
      throw new Error(`shard ${input.shard} left nothing: ${JSON.stringify(answer)}`);
    const records = await shardRecords(on.data, keys.records(input.attemptKey, input.shard));
    const firstMs = Math.min(...records.map(({ sentMs }) => sentMs));
    return { summary, readyMs, skewMs: summary.t0UnixMs + firstMs - start.t0UnixMs };
  } finally {
    await host.stop();
  }
}
