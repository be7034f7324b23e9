import { Problem } from "@brimline/core/job/job";
import { z } from "zod";

/** `jobs/<id>/manifest.json`: the frozen inputs of a report. */
export const ManifestObject = z.object({
  schema: z.literal("brimline.manifest/1"),
  job: z.string(),
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  problem: Problem.nullable(),
  finishedAt: z.string(),
  generator: z.string(),
  /** Quiet time before load, Unix ms. */
  idle: z.object({ startUnixMs: z.number(), endUnixMs: z.number() }).nullable(),
  inputs: z.array(z.object({ key: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type ManifestObject = z.infer<typeof ManifestObject>;
