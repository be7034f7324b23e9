import { preflight } from "@brimline/load/preflight";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { specOf } from "../job/spec.ts";
import { createObject, PreflightObject, readObject } from "../objects.ts";
import type { Service } from "../service.ts";
import { endpointKey } from "./key.ts";

export const PreflightInput = z.object({ jobId: z.string() });

export type PreflightResult = Pick<PreflightObject, "verdict" | "problem">;

/**
 * Asks the endpoint, with at most 3 requests, whether it is an LLM that streams. Once a job: what was learnt lies in `preflight.json`.
 * Throws a BrimlineError `secret_unavailable` where the endpoint's key cannot be opened: then nothing was asked.
 */
export async function preflightStep(service: Service, { jobId }: z.infer<typeof PreflightInput>): Promise<PreflightResult> {
  const learnt = await readObject(service.data, keys.preflight(jobId), PreflightObject);
  if (learnt !== null) return resultOf(learnt);
  const { spec } = await specOf(service, jobId);
  const apiKey = await endpointKey(service, jobId);
  const found: PreflightObject = { schema: "brimline.preflight/1", ...(await preflight({ spec, apiKey, guard: service.guard })) };
  await createObject(service.data, keys.preflight(jobId), found);
  return resultOf(found);
}

const resultOf = ({ verdict, problem }: PreflightObject): PreflightResult => ({ verdict, problem });
