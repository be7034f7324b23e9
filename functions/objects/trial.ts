import type { JobSpec } from "@brimline/core/job/spec/spec";
import { TRIAL } from "@brimline/core/job/trial";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { putObject, readObject } from "./object.ts";

/** `hosts/<host>/trial.json`: the latest trial of a host, whoever's. */
const TrialObject = z.object({ schema: z.literal("brimline.trial/1"), job: z.string(), at: z.string() });

/**
 * Notes that a job is a host's latest trial, and answers null. Where another job's began less than ten minutes ago it
 * notes nothing and answers when it did: many callers, or one with many jobs, would else send trials without end. A
 * host has one job at a time, so nobody else asks meanwhile.
 */
export async function takeTrial(
  service: Pick<Service, "data" | "now">,
  jobId: string,
  { endpoint }: JobSpec,
): Promise<string | null> {
  const key = keys.trial(new URL(endpoint.url).hostname);
  const latest = await readObject(service.data, key, TrialObject);
  const now = service.now();
  if (latest !== null && latest.job !== jobId && now - Date.parse(latest.at) < 1000 * TRIAL.everyS)
    return latest.at;
  await putObject(service.data, key, {
    schema: "brimline.trial/1",
    job: jobId,
    at: latest?.job === jobId ? latest.at : new Date(now).toISOString(),
  } satisfies z.infer<typeof TrialObject>);
  return null;
}
