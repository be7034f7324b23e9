import type { Secret } from "@brimline/core/secret";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";

/**
 * The endpoint's key of a job, opened. It is null when the job was submitted without one. It throws a
 * BrimlineError `secret_unavailable` when the key cannot be opened.
 */
export async function endpointKey(service: Service, jobId: string): Promise<Secret | null> {
  const sealed = await service.data.get(keys.secret(jobId));
  return sealed === null ? null : service.sealer.open(jobId, "endpoint", sealed.body);
}
