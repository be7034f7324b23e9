import { Problem } from "@brimline/core/job/job";
import { aggregate } from "@brimline/core/report/aggregate";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { aggregateInput } from "./decode.ts";
import { freezeManifest } from "./freeze.ts";

export const AggregateInput = z.object({
  jobId: z.string(),
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  problem: Problem.nullable(),
  finishedAt: z.string(),
});
export type AggregateInput = z.infer<typeof AggregateInput>;

/**
 * Makes the report of a job: freezes the list of its inputs, once, then `report.json` as a pure function of it, once. Whoever runs
 * it again, or at the same time, gets the same bytes; what comes later changes nothing.
 */
export async function aggregateStep(service: Service, input: AggregateInput): Promise<{ report: string; isNew: boolean }> {
  const key = keys.report(input.jobId);
  if ((await service.data.get(key)) !== null) return { report: key, isNew: false };
  const frozen = await freezeManifest(service, input);
  const report = aggregate(await aggregateInput(service, frozen));
  return { report: key, isNew: await service.data.create(key, serialise(report), { contentType: "application/json" }) };
}
