import { BrimlineError } from "@brimline/core/error";
import { keys } from "@brimline/store/keys";
import { readObject, SpecObject } from "../objects.ts";
import type { Service } from "../service.ts";

/** The job as it was accepted. Throws a BrimlineError where there is none. */
export async function specOf(service: Service, jobId: string): Promise<SpecObject> {
  const stored = await readObject(service.data, keys.spec(jobId), SpecObject);
  if (stored === null) throw new BrimlineError("internal", `there is no job ${jobId}`);
  return stored;
}

/** The seed of a job's whole schedule: the caller's, else its id. */
export const seedOf = (stored: SpecObject): string => stored.spec.seed ?? stored.id;
