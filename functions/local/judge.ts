import type { FieldError } from "@brimline/core/job/accept";
import type { JobSpec } from "@brimline/core/job/spec";
import { createGuard } from "@brimline/load/guard/guard";
import { jobTooLarge } from "../api/body-bound.ts";
import { judgeSpec } from "../api/judge-spec.ts";
import { RequestError } from "../api/problem.ts";
import { LOCAL_CAPS } from "./caps.ts";

/**
 * Judges a job as a service on this machine does when it is submitted, without one. It does not know which
 * agents are enrolled, nor the service's own address. `bytes` is the size of the request's JSON.
 */
export function judgeLocally(request: JobSpec, bytes: number): { spec: JobSpec } | { errors: FieldError[] } {
  if (bytes > LOCAL_CAPS.bodyBytes)
    return { errors: [{ pointer: "", detail: jobTooLarge(LOCAL_CAPS.bodyBytes) }] };
  const guard = createGuard({ profile: "local" });
  try {
    const config = { caps: LOCAL_CAPS, defaultVisibility: "public" } as const;
    return judgeSpec({ guard, config }, "dry-run", request);
  } catch (error) {
    if (error instanceof RequestError)
      return { errors: error.errors.filter((each): each is FieldError => "pointer" in each) };
    throw error;
  }
}
