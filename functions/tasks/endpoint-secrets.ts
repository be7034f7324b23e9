import { type EndpointSecrets, NO_SECRETS, unsealed } from "@brimline/core/job/spec/endpoint-secrets";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";

/**
 * The secrets of a job's endpoint, opened. It throws a BrimlineError `secret_unavailable` when they cannot be
 * opened.
 */
export async function endpointSecrets(service: Service, jobId: string): Promise<EndpointSecrets> {
  const sealed = await service.data.get(keys.secret(jobId));
  return sealed === null ? NO_SECRETS : unsealed(service.sealer.open(jobId, "endpoint", sealed.body));
}
