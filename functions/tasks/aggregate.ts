import { aggregateAll } from "@brimline/core/report/aggregate";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { createScratch } from "@brimline/store/scratch";
import { createObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { aggregateInput } from "./aggregate-input.ts";
import { freezeManifest, type AggregateTaskInput } from "./freeze.ts";

/**
 * Makes the report of a job. It freezes the list of inputs once, then writes `report.json` once, and the influences
 * beside it, as a pure function of that list. A second run, earlier, later or at the same time, gets the same bytes, and inputs
 * that come later change nothing.
 */
export async function aggregateTask(
  service: Service,
  task: AggregateTaskInput,
): Promise<{ report: string; isNew: boolean }> {
  const key = keys.report(task.jobId);
  if ((await service.data.get(key)) !== null) return { report: key, isNew: false };
  const frozen = await freezeManifest(service, task);
  const scratch = createScratch();
  try {
    const { report, influences } = aggregateAll(await aggregateInput(service, frozen, scratch));
    // The report stands for both, so it comes last.
    await createObject(service.data, keys.influences(task.jobId), influences());
    return {
      report: key,
      isNew: await service.data.create(key, serialise(report), { contentType: "application/json" }),
    };
  } finally {
    scratch.close();
  }
}
