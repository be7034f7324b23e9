import { ShardSummary } from "@brimline/core/record/record";
import { keys } from "@brimline/store/keys";
import { PreflightObject } from "../objects/preflight.ts";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import type { PreflightResult } from "../tasks/preflight.ts";
import type { ShardInput } from "../tasks/shard-input.ts";

/**
 * The results that tasks left in the store, for the case that an answer is lost. Null and false mean that the
 * task is not done.
 */

export async function storedPreflight(service: Service, jobId: string): Promise<PreflightResult | null> {
  const learnt = await readObject(service.data, keys.preflight(jobId), PreflightObject);
  return learnt === null ? null : { verdict: learnt.verdict, problem: learnt.problem };
}

export const isShardStored = async (service: Service, { attemptKey, shard }: ShardInput): Promise<boolean> =>
  (await readObject(service.data, keys.shardSummary(attemptKey, shard), ShardSummary)) !== null;

export async function storedReport(service: Service, jobId: string): Promise<{ report: string } | null> {
  const report = keys.report(jobId);
  return (await service.data.get(report)) === null ? null : { report };
}
