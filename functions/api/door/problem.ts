import { BrimlineError } from "@brimline/core/error";
import type { ProblemCode, RequestProblem } from "@brimline/core/codes";

/**
 * This file is the one place where an error becomes an HTTP answer: `application/problem+json` (RFC 9457).
 */

export type ProblemType = RequestProblem | "address_refused" | "host_not_canonical";

/**
 * What is wrong with one field of the body (`pointer`, RFC 6901) or one query parameter. It never repeats the
 * value.
 */
export type ProblemError = { pointer: string; detail: string } | { parameter: string; detail: string };

const ERRORS_MAX = 20;

const PROBLEMS: Record<ProblemType, { status: number; title: string }> = {
  malformed_body: { status: 400, title: "The body is not JSON" },
  unauthorized_caller: { status: 401, title: "A valid key is needed" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "There is nothing here" },
  no_report: { status: 404, title: "There is no report yet" },
  method_not_allowed: { status: 405, title: "This address does not take that method" },
  conflict: { status: 409, title: "The request does not fit the present state" },
  in_flight: { status: 409, title: "The same request is being answered" },
  already_ended: { status: 409, title: "The job has ended" },
  not_ended: { status: 409, title: "The job has not ended" },
  deleted: { status: 410, title: "The job was deleted" },
  already_stored: { status: 412, title: "This segment is stored already" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "This kind of body is not taken" },
  misdirected: { status: 421, title: "This service does not go by that host name" },
  invalid_request: { status: 422, title: "The request is not valid" },
  address_refused: { status: 422, title: "This address may not be called" },
  host_not_canonical: { status: 422, title: "The host is written in an unusual way" },
  idempotency_mismatch: { status: 422, title: "This Idempotency-Key belongs to another request" },
  not_comparable: { status: 422, title: "The reports do not measure the same" },
  bad_gzip: { status: 422, title: "The body is not a gzipped segment" },
  decompressed_too_large: { status: 422, title: "The segment is too large when unpacked" },
  too_many_jobs: { status: 429, title: "Too many jobs are open" },
  limit_reached: { status: 429, title: "A limit of your key is reached" },
  too_many_requests: { status: 429, title: "Too many requests in a minute" },
  not_ready: { status: 503, title: "The service is not ready" },
  internal: { status: 500, title: "Something went wrong on our side" },
  disk_full: { status: 507, title: "The service has no space left" },
};

export const REQUEST_PROBLEM_TYPES = Object.keys(PROBLEMS) as ProblemType[];
export const problemStatus = (type: ProblemType): number => PROBLEMS[type].status;
export const problemTitle = (type: ProblemType): string => PROBLEMS[type].title;

/**
 * A request that cannot be answered as asked. `detail` says how to mend it and never repeats a value that the
 * caller sent.
 */
export class RequestError extends Error {
  readonly type: ProblemType;
  readonly errors: ProblemError[];
  readonly headers: Record<string, string>;
  constructor(
    type: ProblemType,
    detail: string,
    more: { errors?: ProblemError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = "RequestError";
    this.type = type;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The codes that a caller can do something about. Every other error is a fault of the service. */
const CALLER_CODES: Partial<Record<ProblemCode, ProblemType>> = {
  address_refused: "address_refused",
  host_not_canonical: "host_not_canonical",
  disk_full: "disk_full",
};

/** What the caller is told about an error. Only errors whose text was written for callers show it. */
export function requestErrorOf(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const type = error instanceof BrimlineError ? CALLER_CODES[error.code] : undefined;
  if (type === "disk_full")
    return new RequestError(
      type,
      "Nothing was changed. Free space on the service's disk and send the request again.",
    );
  if (type !== undefined && error instanceof Error) return new RequestError(type, error.message);
  return new RequestError(
    "internal",
    "The request was not answered. Try again; the service's log says more.",
  );
}

export function problemResponse(error: RequestError, publicUrl: string): Response {
  const { status, title } = PROBLEMS[error.type];
  const errors = error.errors.slice(0, ERRORS_MAX);
  const body = {
    type: `${publicUrl}/problems/${error.type}`,
    title,
    status,
    detail: error.message,
    ...(errors.length > 0 && { errors }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...error.headers },
  });
}
