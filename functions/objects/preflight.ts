import { EndpointTraits } from "@brimline/core/dialect/dialect";
import { Api } from "@brimline/core/dialect/dialects";
import { PromptCount } from "@brimline/core/job/request/calibration";
import { Problem } from "@brimline/core/job/state/problem";
import { ScrapeFailure } from "@brimline/core/scrape/failure";
import { z } from "zod";

/** `jobs/<id>/preflight.json`: preflight's verdict and what it learnt of the endpoint. */
export const PreflightObject = z.object({
  schema: z.literal("brimline.preflight/1"),
  verdict: z.enum(["accepted", "rejected"]),
  problem: Problem.nullable(),
  requests: z.int(),
  /** The kind of endpoint that answered. */
  api: Api,
  /** The value of the `server` header. */
  server: z.string().nullable(),
  /** Whether the answer carried `x-brimline-sim`. */
  simulated: z.boolean(),
  usage: z.boolean(),
  /** It is null when preflight could not find out. */
  ignoreEosHonoured: z.boolean().nullable(),
  traits: EndpointTraits,
  /** Whether the endpoint's streams say that they have ended. It is null without a good answer. */
  saysEnd: z.boolean().nullable(),
  /**
   * The tokens that the endpoint counted in preflight's prompts. It is empty when the endpoint sends no
   * counts.
   */
  promptCounts: z.array(PromptCount),
  /**
   * What one scrape of the server's own metrics said: whose they are, or why nothing is known of them. It is null
   * where they were not asked for.
   */
  metrics: z
    .union([z.object({ engine: z.string() }), z.object({ failure: ScrapeFailure })])
    .nullable()
    .default(null),
  /** The only addresses that a caller's trial may load. It is null for any other job. */
  addresses: z.array(z.string()).nullable().default(null),
});
export type PreflightObject = z.infer<typeof PreflightObject>;
