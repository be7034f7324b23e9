import type { Accepted } from "@brimline/core/job/accept";
import { type FieldError, fieldErrors } from "@brimline/core/job/spec/issues";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { createGuard } from "@brimline/load/guard/guard";
import { jobTooLarge } from "../api/door/body-bound.ts";
import { judgeSpec } from "../api/job/judge-spec.ts";
import { RequestError } from "../api/door/problem.ts";
import { LOCAL_CAPS } from "./caps.ts";

/**
 * Judges a job as a service on this machine does when it is submitted, without one. It does not know which
 * agents are enrolled, nor the service's own address.
 */
export function judgeLocally(request: JobRequest): Accepted | { errors: FieldError[] } {
  const parsed = JobSpec.safeParse(request);
  if (!parsed.success) return { errors: fieldErrors(parsed.error.issues, request) };
  if (Buffer.byteLength(JSON.stringify(request)) > LOCAL_CAPS.bodyBytes)
    return { errors: [{ pointer: "", detail: jobTooLarge(LOCAL_CAPS.bodyBytes) }] };
  const guard = createGuard({ profile: "local" });
  try {
    const config = { caps: LOCAL_CAPS, defaultVisibility: "public" } as const;
    return judgeSpec({ guard, config }, "dry-run", parsed.data);
  } catch (error) {
    if (error instanceof RequestError)
      return { errors: error.errors.filter((each): each is FieldError => "pointer" in each) };
    throw error;
  }
}
