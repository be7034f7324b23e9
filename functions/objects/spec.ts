import { BrimlineError } from "@brimline/core/error";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** `jobs/<id>/spec.json`: the job as it was accepted. Its secrets lie sealed in objects of their own. */
export const SpecObject = z.object({
  schema: z.literal("brimline.spec/1"),
  id: z.string(),
  caller: z.string(),
  createdAt: z.string(),
  /**
   * The keyed hash of the request's body. It refuses an Idempotency-Key that comes again with another body.
   */
  requestSha256: z.string(),
  spec: JobSpec,
  /** Where the job had secrets, as JSON Pointers. A job of before this field lacks it. */
  secretFields: z.array(z.string()).default([]),
});
export type SpecObject = z.infer<typeof SpecObject>;

/** The job as it was accepted. It throws a BrimlineError when there is none. */
export async function specOf(service: Service, jobId: string): Promise<SpecObject> {
  const stored = await readObject(service.data, keys.spec(jobId), SpecObject);
  if (stored === null) throw new BrimlineError("internal", `there is no job ${jobId}`);
  return stored;
}

/** The seed of a job's whole schedule. It is the job's id when the caller gave none. */
export const jobSeed = (stored: SpecObject): string => stored.spec.seed ?? stored.id;
