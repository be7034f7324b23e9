import { PromptCount } from "@brimline/core/job/calibration";
import { Problem } from "@brimline/core/job/job";
import { z } from "zod";

/** `jobs/<id>/preflight.json`. */
export const PreflightObject = z.object({
  schema: z.literal("brimline.preflight/1"),
  verdict: z.enum(["accepted", "rejected"]),
  problem: Problem.nullable(),
  requests: z.int(),
  /** The value of the `server` header, and of `x-brimline-sim`. */
  server: z.string().nullable(),
  simulated: z.boolean(),
  usage: z.boolean(),
  /** null = could not be told. */
  ignoreEosHonoured: z.boolean().nullable(),
  traits: z.object({
    maxTokensField: z.enum(["max_tokens", "max_completion_tokens"]),
    ignoreEos: z.boolean(),
    includeUsage: z.boolean(),
    temperature: z.boolean(),
  }),
  /** What the endpoint counted in two prompts; empty where it does not tell. */
  promptCounts: z.array(PromptCount).default([]),
});
export type PreflightObject = z.infer<typeof PreflightObject>;
