import type { FieldError } from "./issues.ts";
import { isSecretPair } from "./credential.ts";
import type { JobSpec } from "./spec.ts";
import { plainUrl } from "./url.ts";

/**
 * Where the server's own metrics are asked for: where the job says, else at `/metrics` of the endpoint's origin.
 * It is null where the job wants none.
 */
export function metricsUrlOf({ endpoint }: Pick<JobSpec, "endpoint">): string | null {
  if (endpoint.metricsUrl !== undefined) return endpoint.metricsUrl;
  return new URL("/metrics", endpoint.url).href;
}

/** What is wrong with the address of the metrics, which is stored as it was written. */
export function metricsUrlErrors({ metricsUrl }: JobSpec["endpoint"]): FieldError[] {
  if (metricsUrl == null) return [];
  const judged = plainUrl(metricsUrl);
  const query = "url" in judged ? new URL(judged.url).search.slice(1) : "";
  const detail =
    "problem" in judged
      ? judged.problem
      : query.split("&").some(isSecretPair)
        ? "must not hold a secret, because it is not sealed: leave it out of the query"
        : null;
  return detail === null ? [] : [{ pointer: "/endpoint/metricsUrl", detail }];
}
