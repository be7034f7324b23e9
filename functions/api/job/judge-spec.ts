import { BrimlineError } from "@brimline/core/error";
import { accept, type Accepted } from "@brimline/core/job/accept";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { writtenUrl } from "@brimline/core/job/spec/url";
import type { Service, ServiceConfig } from "../../service.ts";
import { invalid } from "../door/body.ts";
import { RequestError, requestErrorOf } from "../door/problem.ts";
import { tlsErrors } from "../door/tls-errors.ts";

/**
 * The job as it is stored: its addresses are judged, its URL has one spelling, its defaults are filled in, and
 * the endpoint's secrets are apart from it. It throws RequestError with a pointer for each complaint.
 */
export function judgeSpec(
  { guard, config }: Pick<Service, "guard"> & { config: Pick<ServiceConfig, "caps" | "defaultVisibility"> },
  jobId: string,
  request: JobSpec,
): Accepted {
  const named: [string, string | null | undefined][] = [
    ["/endpoint/url", writtenUrl(request.endpoint.url)],
    ["/endpoint/metricsUrl", request.endpoint.metricsUrl],
    ["/webhook/url", request.webhook?.url],
  ];
  for (const [pointer, url] of named) {
    if (url != null) judgeAddress(guard, url, pointer);
  }
  const accepted = accept(request, {
    jobId,
    maxUsers: config.caps.users,
    maxLevelS: config.caps.level?.loadS ?? null,
    defaultVisibility: config.defaultVisibility,
  });
  const errors = [...("errors" in accepted ? accepted.errors : []), ...tlsErrors(request.endpoint)];
  if ("errors" in accepted || errors.length > 0) throw invalid(errors);
  return accepted;
}

function judgeAddress(guard: Service["guard"], url: string, pointer: string): void {
  try {
    guard.judge(url);
  } catch (error) {
    if (!(error instanceof BrimlineError)) throw error;
    const { type, message } = requestErrorOf(error);
    throw new RequestError(type, "See errors: an address that the job names cannot be used.", {
      errors: [{ pointer, detail: message }],
    });
  }
}
