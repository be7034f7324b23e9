import { z } from "zod";

/**
 * Every machine-readable code of the product stands here. The lists are closed: readers may rely on them, so
 * a code is added on purpose and never renamed.
 */

/** How one request failed. Every request ends as `ok`, as one of these, or as `censored`. */
export const ErrorKind = z.enum([
  "dns",
  "connect",
  "tls",
  "address_refused",
  "redirect_refused",
  "headers_timeout",
  "idle_timeout",
  "total_timeout",
  "http_4xx",
  "http_429",
  "http_5xx",
  "stream_error",
  "truncated_stream",
  "empty_stream",
  "protocol",
  "headers_too_large",
  "line_too_long",
  "too_many_events",
  "body_too_large",
  "unexpected_encoding",
  "malformed_events",
]);
export type ErrorKind = z.infer<typeof ErrorKind>;

/** Why a job was rejected, failed or cut short. */
export const ProblemCode = z.enum([
  "unreachable",
  "unauthorized",
  "not_found",
  "model_unknown",
  "not_streaming",
  "not_an_llm",
  "address_refused",
  "host_not_canonical",
  "unproved",
  "rate_limited",
  "endpoint_down",
  "secret_unavailable",
  "disk_full",
  "budget",
  "shards_lost",
  "cancelled",
  "internal",
]);
export type ProblemCode = z.infer<typeof ProblemCode>;

/** Why a figure is missing or must be read with care. */
export const Reason = z.enum([
  "too_few",
  "too_correlated",
  "too_short",
  "not_steady",
  "client_limited",
  "coalesced",
  "not_streamed",
  "under_delivered",
  "contaminated",
  "shards_lost",
  "late_start",
  "clock_skew",
  "endpoint_not_exclusive",
  "telemetry_gap",
  "counter_reset",
  "no_telemetry",
  "unknown_gpu",
  "unknown_model",
  "no_price",
  "no_usage",
  "usage_invalid",
  "no_slo",
  "estimated",
  "not_identified",
  "extrapolated",
  "too_few_levels",
  "rate_limited",
  "endpoint_down",
  "unproved",
  "cancelled",
  "budget",
  "not_applicable",
  "not_recorded",
  "not_certified",
  "no_interval",
  "implausible",
  "over_saturated",
  "open_limit",
  "energy_disagrees",
  "censored",
  "no_server_metrics",
  "not_exported",
  "server_metrics_partial",
]);
export type Reason = z.infer<typeof Reason>;

/**
 * What a job says of its objective at the highest load that was asked. It is `failed` where the endpoint stopped
 * answering or most requests of a level failed, with an objective or without, and `unknown` where the job had none.
 */
export const VerdictStatus = z.enum(["met", "missed", "unknown", "failed"]);
export type VerdictStatus = z.infer<typeof VerdictStatus>;

/** Why a verdict is not `met`: failed requests, the objective, a reason, or the problem of a job without a report. */
export const VerdictCause = z.enum([
  ...new Set(["failures", "objective", ...ProblemCode.options, ...Reason.options] as const),
]);
export type VerdictCause = z.infer<typeof VerdictCause>;

/**
 * What an endpoint runs out of, or what keeps it from being asked for more. The order is that in which they are asked
 * (`report/bottleneck/rules.ts`).
 */
export const BottleneckCause = z.enum([
  "rate_limit",
  "failures",
  "thermal",
  "kv_full",
  "batch_limit",
  "prefill",
  "client",
  "power_cap",
  "host_cpu",
  "memory_bandwidth",
  "compute",
  "not_reached",
  "unknown",
]);
export type BottleneckCause = z.infer<typeof BottleneckCause>;

/** What a comparison says of the second report: "worse" than the first. */
export const Change = z.enum(["better", "worse", "same", "inconclusive"]);
export type Change = z.infer<typeof Change>;

/** What to do after a verdict. */
export const NextAction = z.enum([
  "mend_endpoint",
  "ease_objective",
  "run_longer",
  "test_more",
  "free_client",
  "deliver_load",
  "stop_buffering",
  "raise_limits",
  "run_again",
  "read_report",
]);
export type NextAction = z.infer<typeof NextAction>;

/** What a webhook may announce. */
export const EventType = z.enum([
  "job.started",
  "level.completed",
  "job.completed",
  "job.partial",
  "job.failed",
  "job.cancelled",
  "job.rejected",
]);
export type EventType = z.infer<typeof EventType>;

/** The events of which each is one way in which a job can end. */
export const END_EVENTS = [
  "job.completed",
  "job.partial",
  "job.failed",
  "job.cancelled",
  "job.rejected",
] as const satisfies EventType[];

/** How a webhook is told: the event itself, or a message as a chat takes it. */
export const WebhookFormat = z.enum(["event", "slack", "teams"]);
export type WebhookFormat = z.infer<typeof WebhookFormat>;

/** The types of problem+json that answer an HTTP request. Each has a page under `/problems/<type>`. */
export const RequestProblem = z.enum([
  "malformed_body",
  "invalid_request",
  "unauthorized_caller",
  "forbidden",
  "not_found",
  "method_not_allowed",
  "conflict",
  "body_too_large",
  "unsupported_media_type",
  "misdirected",
  "idempotency_mismatch",
  "in_flight",
  "too_many_jobs",
  "limit_reached",
  "too_many_requests",
  "not_ready",
  "already_ended",
  "not_ended",
  "deleted",
  "no_report",
  "not_comparable",
  "bad_gzip",
  "decompressed_too_large",
  "already_stored",
  "disk_full",
  "internal",
]);
export type RequestProblem = z.infer<typeof RequestProblem>;

/** What pages and terminals print for each reason. */
export const REASON_TEXT: Record<Reason, string> = {
  too_few: "too few requests for this figure",
  too_correlated:
    "the window is short beside the time over which the values depend on one another: a longer level is surer",
  too_short: "the level was shorter than three request latencies",
  not_steady: "the figure drifted during the window",
  client_limited: "the load generator may have read late, so times are known only to within a bound",
  coalesced: "output came in bunches, so the time between tokens does not show",
  not_streamed: "the answer comes in one piece and has no output tokens",
  under_delivered: "less load was in flight than was asked for",
  contaminated: "prompt tokens came from the endpoint's cache where none were wanted",
  shards_lost: "a part of the load generator was lost",
  late_start: "a part of the load generator started late",
  clock_skew: "the agent's clock offset is unknown or too uncertain",
  endpoint_not_exclusive: "the endpoint served other traffic too",
  telemetry_gap: "samples are missing in the window",
  counter_reset: "a counter of the GPU or of the server went backwards",
  no_telemetry: "no agent sent GPU samples",
  unknown_gpu: "the GPU's peak is not known",
  unknown_model: "the model's size was not given",
  no_price: "no price per GPU hour was given",
  no_usage: "the endpoint reports no token usage",
  usage_invalid: "the endpoint reported token counts that cannot be true",
  no_slo: "no objective was given",
  estimated: "a term was estimated",
  not_identified: "the data do not bound this value",
  extrapolated: "the value lies beyond the highest load that was measured",
  too_few_levels: "too few levels for a fit",
  rate_limited: "the endpoint refused requests with 429",
  endpoint_down: "the endpoint stopped answering",
  unproved: "the endpoint stopped showing that it is the caller's",
  cancelled: "the job was cancelled",
  budget: "a limit of the job was reached",
  not_applicable: "the figure does not apply here",
  not_certified: "the load generator could not measure its own error",
  not_recorded: "the load generator did not record it",
  no_interval: "too few time slices for an interval",
  implausible: "the value was outside the possible range and was refused",
  over_saturated: "the queue only grew, so the level was ended early",
  open_limit: "the bound on open requests ended the level",
  energy_disagrees: "energy counter and power integral differ by more than 5 %",
  censored: "the figure falls on requests that were cut before they ended",
  no_server_metrics: "the server's own metrics were not read",
  not_exported: "the server does not export it",
  server_metrics_partial: "the metrics that were read are those of a part of the servers",
};

/** What pages and terminals call each bottleneck. */
export const BOTTLENECK_TEXT: Record<BottleneckCause, string> = {
  rate_limit: "The endpoint's rate limit",
  failures: "Failing requests",
  thermal: "Heat of the GPU",
  kv_full: "The KV cache",
  batch_limit: "The size of the batch",
  prefill: "Prefill",
  client: "The load generator",
  power_cap: "The GPU's power limit",
  host_cpu: "The host of the GPU",
  memory_bandwidth: "The GPU's memory bandwidth",
  compute: "The GPU's arithmetic",
  not_reached: "Not reached",
  unknown: "Not known",
};
