import type { JobSpec } from "@brimline/core/job/spec/spec";
import { ADMIN } from "../../objects/caller.ts";
import type { Caller } from "../door/auth.ts";
import { invalid } from "../door/body.ts";
import type { ProblemError } from "../door/problem.ts";
import type { Ports } from "../ports.ts";

/** Refuses what this platform cannot run, and what this caller may not ask. It throws RequestError. */
export function refuse(ports: Pick<Ports, "refuse">, caller: Caller, spec: JobSpec): void {
  const errors = [...(ports.refuse?.(spec) ?? []), ...foreignMetrics(caller, spec)];
  if (errors.length > 0) throw invalid(errors);
}

/**
 * A server's metrics are read every second while load runs. Proof is of the endpoint's host alone, so a caller's job
 * reads them there.
 */
function foreignMetrics({ id }: Caller, { endpoint: { url, metricsUrl } }: JobSpec): ProblemError[] {
  if (id === ADMIN || metricsUrl == null || new URL(metricsUrl).hostname === new URL(url).hostname) return [];
  return [{ pointer: "/endpoint/metricsUrl", detail: "must be at the host of endpoint.url" }];
}
