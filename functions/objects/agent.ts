import { SampledSource } from "@brimline/core/record/telemetry/sample";
import { z } from "zod";

/** `agents/<id>.json`. */
export const AgentObject = z.object({
  schema: z.literal("brimline.agent/1"),
  id: z.string(),
  caller: z.string(),
  name: z.string(),
  host: z.string(),
  tokenSha256: z.string(),
  createdAt: z.string(),
  /** The jobs that name this agent and had not ended when it last asked. */
  jobs: z.array(z.string()),
  /** What it said at its enrolment that it samples. */
  sources: z.array(SampledSource),
});
export type AgentObject = z.infer<typeof AgentObject>;
