import { ErrorKind } from "@brimline/core/codes";
import { z } from "zod";

/** `progress/<id>/<level>/<shard>.json`: a shard's counters while it runs. */
export const ProgressObject = z.object({
  schema: z.literal("brimline.progress/1"),
  attempt: z.int(),
  repeat: z.int(),
  inFlight: z.int(),
  ok: z.int(),
  failed: z.int(),
  errors: z.partialRecord(ErrorKind, z.int()),
  outputTokens: z.int(),
  /** The rate over the last few seconds. */
  outputTokensPerS: z.number().nullable(),
});
export type ProgressObject = z.infer<typeof ProgressObject>;
