import { Problem } from "@brimline/core/job/state/problem";
import { z } from "zod";

/** `jobs/<id>/manifest.json`: the frozen list of a report's inputs. */
export const ManifestObject = z.object({
  schema: z.literal("brimline.manifest/1"),
  job: z.string(),
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  problem: Problem.nullable(),
  finishedAt: z.string(),
  generator: z.string(),
  /** The quiet time before the load, Unix ms. */
  idle: z.object({ startUnixMs: z.number(), endUnixMs: z.number() }).nullable(),
  inputs: z.array(z.object({ key: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type ManifestObject = z.infer<typeof ManifestObject>;
