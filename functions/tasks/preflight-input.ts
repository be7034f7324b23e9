import { z } from "zod";
import { specOf } from "../objects/spec.ts";
import type { Service } from "../service.ts";

/** What invokes preflight needs this file alone, and loads nothing of the code that sends requests. */
export const PreflightInput = z.object({ jobId: z.string() });

/** Preflight ends by itself with its job's time. */
const ENDS_LATER_MS = 60_000;

/** How long preflight may take before it counts as lost, ms. */
export async function preflightLimitMs(service: Service, input: unknown): Promise<number> {
  const { spec } = await specOf(service, PreflightInput.parse(input).jobId);
  return 1000 * spec.limits.maxDurationS + ENDS_LATER_MS;
}
