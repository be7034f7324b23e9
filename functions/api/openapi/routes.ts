import { segmentName } from "@brimline/core/record/segment-name";
import { z } from "zod";
import { route, withOperationIds } from "./openapi.ts";
import { LinkQuery, ListQuery, TrendQuery, UsageQuery } from "./schemas.ts";

const job = z.object({ id: z.string() });
const event = z.object({ id: z.string(), n: z.string() });
const records = z.object({ id: z.string(), file: z.string() });
const agent = z.object({ id: z.string() });
const schedule = z.object({ id: z.string() });
const segment = z.object({ id: z.string(), name: z.string() });

/** The ids that examples name. */
const JOB = "6m1u0v2kq8s4xw9d3h7b";
const BASELINE = "2c8r5n0y7j1t9f4g6l3p";
const SCHEDULE = "3k8w1r6m0z4v9c2x7b5n";
const AGENT = "9b4e7k2z0a5w8q1x6d3s";

const SEGMENT = {
  source: "gpu" as const,
  boot: "4f1c9e2a",
  sequence: 7,
  firstUnixMs: 1_796_025_600_000,
  lastUnixMs: 1_796_025_605_000,
  bytes: 4096,
};

/** Every route of the API, as the OpenAPI document shows it. */
export const routes = withOperationIds({
  submitJob: route("post", "/v1/jobs", {
    tag: "Jobs",
    summary: "Submit a job",
    headers: z.object({ "idempotency-key": z.string().optional() }),
    body: "JobRequest",
    answers: { 202: "Job" },
    problems: [
      "address_refused",
      "host_not_canonical",
      "idempotency_mismatch",
      "deleted",
      "in_flight",
      "too_many_jobs",
      "not_ready",
      "disk_full",
    ],
    example: {
      headers: { "idempotency-key": "nightly-2026-11-30" },
      body: {
        name: "Nightly, llama-3.1-8b",
        tags: ["nightly"],
        endpoint: { url: "http://127.0.0.1:8000/v1", model: "llama-3.1-8b" },
        workload: { inputTokens: 256, outputTokens: 32 },
        levels: [4],
        stop: { requests: 24 },
        slo: { ttftMs: 500, percentile: 90 },
        webhook: {
          url: "https://example.com/brimline",
          secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          events: ["level.completed", "job.completed"],
        },
      },
    },
  }),
  planJob: route("post", "/v1/plan", {
    tag: "Jobs",
    summary: "Say what a job would do, and do nothing: levels, requests, tokens, time, dollars",
    body: "JobRequest",
    answers: { 200: "DryRun" },
    problems: ["address_refused", "host_not_canonical"],
    example: {
      body: {
        endpoint: { url: "http://127.0.0.1:8000/v1", model: "llama-3.1-8b" },
        levels: [8, 32],
        stop: { requests: 320 },
        gpu: { usdPerHour: 0.39 },
      },
    },
  }),
  listJobs: route("get", "/v1/jobs", {
    tag: "Jobs",
    summary: "List jobs, newest first",
    query: ListQuery,
    answers: { 200: "JobList" },
    example: { query: { tag: "nightly", limit: 5 } },
  }),
  readJob: route("get", "/v1/jobs/{id}", {
    tag: "Jobs",
    summary: "Read a job",
    params: job,
    answers: { 200: "Job", 304: "nothing" },
    problems: ["not_found", "deleted"],
    example: { path: { id: JOB } },
  }),
  changeJob: route("patch", "/v1/jobs/{id}", {
    tag: "Jobs",
    summary: "Change a job's name, tags or visibility",
    params: job,
    body: "JobChange",
    answers: { 200: "Job" },
    problems: ["not_found", "deleted", "conflict", "disk_full"],
    example: { path: { id: JOB }, body: { tags: ["nightly", "a40"], visibility: "private" } },
  }),
  deleteJob: route("delete", "/v1/jobs/{id}", {
    tag: "Jobs",
    summary: "Delete a job that has ended, with its report, page and records",
    params: job,
    answers: { 204: "nothing" },
    problems: ["not_found", "deleted", "not_ended", "disk_full"],
    example: { path: { id: JOB } },
  }),
  cancelJob: route("post", "/v1/jobs/{id}/cancel", {
    tag: "Jobs",
    summary: "Cancel a job; needs no body",
    params: job,
    answers: { 200: "Job" },
    problems: ["not_found", "deleted", "already_ended", "disk_full"],
    example: { path: { id: JOB } },
  }),
  rerunJob: route("post", "/v1/jobs/{id}/rerun", {
    tag: "Jobs",
    summary: "Submit a job that asks again what this one asked",
    params: job,
    headers: z.object({ "idempotency-key": z.string().optional() }),
    body: "Rerun",
    answers: { 202: "Job" },
    problems: [
      "not_found",
      "deleted",
      "address_refused",
      "host_not_canonical",
      "idempotency_mismatch",
      "in_flight",
      "too_many_jobs",
      "not_ready",
      "disk_full",
    ],
    example: { path: { id: JOB }, body: { seed: "new", name: "Nightly, once more" } },
  }),
  streamEvents: route("get", "/v1/jobs/{id}/events", {
    tag: "Jobs",
    summary: "Follow a job: progress and events",
    params: job,
    headers: z.object({ "last-event-id": z.string().optional() }),
    answers: { 200: "events", 204: "nothing" },
    problems: ["not_found", "deleted"],
    example: { path: { id: JOB } },
  }),
  readReport: route("get", "/v1/jobs/{id}/report", {
    tag: "Jobs",
    summary: "Read the report",
    params: job,
    answers: { 200: "Report", 304: "nothing" },
    problems: ["not_found", "deleted", "no_report"],
    example: { path: { id: JOB } },
  }),
  listRecords: route("get", "/v1/jobs/{id}/records", {
    tag: "Jobs",
    summary: "List the files of raw records, of levels that have ended",
    params: job,
    answers: { 200: "RecordFiles" },
    problems: ["not_found", "deleted"],
    example: { path: { id: JOB } },
  }),
  readRecords: route("get", "/v1/jobs/{id}/records/{file}", {
    tag: "Jobs",
    summary: "Read a file of raw records: Parquet, a row for each request",
    params: records,
    answers: { 200: "parquet" },
    problems: ["not_found", "deleted"],
    example: { path: { id: JOB, file: "l01-r0-a1-shard-000.parquet" } },
  }),
  listDownloads: route("get", "/v1/jobs/{id}/downloads", {
    tag: "Jobs",
    summary: "List the raw records and telemetry of the report, with links that work for a while",
    params: job,
    answers: { 200: "Downloads" },
    problems: ["not_found", "deleted", "no_report"],
    example: { path: { id: JOB } },
  }),
  readDownload: route("get", "/v1/downloads/{id}/{file}", {
    tag: "Jobs",
    summary: "Read a file by its link",
    who: "anyone",
    params: records,
    query: LinkQuery,
    answers: { 200: "file" },
    problems: ["not_found", "deleted", "no_report"],
    example: {
      path: { id: JOB, file: "l01-r0-a1-shard-000.parquet" },
      query: { expires: 1_796_026_500, signature: "Yk3Jm1vVYt0S8sZ3nq0n7mV0b2bq1z6l9yq5cF7o2uE" },
    },
  }),
  listDeliveries: route("get", "/v1/jobs/{id}/deliveries", {
    tag: "Jobs",
    summary: "List the tries at delivering webhooks",
    params: job,
    answers: { 200: "DeliveryList" },
    problems: ["not_found", "deleted"],
    example: { path: { id: JOB } },
  }),
  redeliver: route("post", "/v1/jobs/{id}/deliveries/{n}/redeliver", {
    tag: "Jobs",
    summary: "Deliver an event's webhook once more",
    params: event,
    answers: { 200: "Delivery" },
    problems: ["not_found", "deleted", "conflict", "disk_full"],
    example: { path: { id: JOB, n: "2" } },
  }),
  rotateSecret: route("post", "/v1/jobs/{id}/webhook/secret", {
    tag: "Jobs",
    summary: "Give a webhook a new secret; the one before stays valid beside it",
    params: job,
    body: "WebhookSecret",
    answers: { 204: "nothing" },
    problems: ["not_found", "deleted", "conflict", "disk_full"],
    example: { path: { id: JOB }, body: { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDgmc3cXxhUIs=" } },
  }),
  compareReports: route("post", "/v1/compare", {
    tag: "Jobs",
    summary: "Compare the reports of two jobs",
    body: "CompareRequest",
    answers: { 200: "Comparison" },
    problems: ["not_found", "deleted", "no_report", "not_comparable"],
    example: { body: { a: BASELINE, b: JOB, marginPercent: 3 } },
  }),
  readTrend: route("get", "/v1/trends", {
    tag: "Jobs",
    summary: "Read since which job a figure of the like jobs with a tag is another",
    query: TrendQuery,
    answers: { 200: "Trend" },
    problems: ["no_report"],
    example: { query: { tag: "nightly", limit: 40 } },
  }),
  addSchedule: route("post", "/v1/schedules", {
    tag: "Schedules",
    summary: "Make a schedule: a job that is submitted whenever it is due",
    headers: z.object({ "idempotency-key": z.string().optional() }),
    body: "ScheduleRequest",
    answers: { 201: "Schedule" },
    problems: [
      "address_refused",
      "host_not_canonical",
      "conflict",
      "idempotency_mismatch",
      "in_flight",
      "disk_full",
    ],
    example: {
      headers: { "idempotency-key": "nightly" },
      body: {
        name: "Nightly",
        cron: "30 2 * * *",
        timeZone: "Europe/Berlin",
        job: {
          tags: ["nightly"],
          endpoint: { url: "http://127.0.0.1:8000/v1", model: "llama-3.1-8b" },
          levels: [4],
          stop: { requests: 24 },
          baseline: "last:nightly",
        },
      },
    },
  }),
  listSchedules: route("get", "/v1/schedules", {
    tag: "Schedules",
    summary: "List schedules: when they are due, ran last and were missed",
    answers: { 200: "ScheduleList" },
  }),
  readSchedule: route("get", "/v1/schedules/{id}", {
    tag: "Schedules",
    summary: "Read a schedule",
    params: schedule,
    answers: { 200: "Schedule" },
    problems: ["not_found"],
    example: { path: { id: SCHEDULE } },
  }),
  removeSchedule: route("delete", "/v1/schedules/{id}", {
    tag: "Schedules",
    summary: "Delete a schedule; its jobs stay",
    params: schedule,
    answers: { 204: "nothing" },
    problems: ["not_found", "disk_full"],
    example: { path: { id: SCHEDULE } },
  }),
  enrolAgent: route("post", "/v1/agents", {
    tag: "Agents",
    summary: "Enrol an agent",
    body: "AgentRequest",
    answers: { 201: "AgentEnrolled" },
    problems: ["disk_full"],
    example: {
      body: {
        name: "gpu-host-1",
        host: "gpu-host-1.example",
        sources: [
          {
            source: "gpu",
            identities: [
              { index: 0, id: "GPU-51a00000-b41a-4e00-8000-000000000040", name: "NVIDIA A40", facts: {} },
            ],
          },
        ],
      },
    },
  }),
  readAgent: route("get", "/v1/agents/{id}", {
    tag: "Agents",
    summary: "Read an agent",
    who: "admin_or_agent",
    params: agent,
    answers: { 200: "Agent" },
    problems: ["not_found"],
    example: { path: { id: AGENT } },
  }),
  requestUploads: route("post", "/v1/agents/{id}/segments", {
    tag: "Agents",
    summary: "Ask where to upload telemetry",
    who: "agent",
    params: agent,
    body: "SegmentsRequest",
    answers: { 200: "Uploads" },
    problems: ["not_found"],
    example: { path: { id: AGENT }, body: { segments: [SEGMENT] } },
  }),
  putSegment: route("put", "/v1/agents/{id}/segments/{name}", {
    tag: "Agents",
    summary: "Upload a segment of telemetry",
    who: "agent",
    params: segment,
    body: "segment",
    answers: { 201: "nothing" },
    problems: ["not_found", "already_stored", "bad_gzip", "decompressed_too_large", "disk_full"],
    example: { path: { id: AGENT, name: segmentName(SEGMENT) } },
  }),
  readTime: route("post", "/v1/time", {
    tag: "Agents",
    summary: "Probe the service's clock",
    who: "anyone",
    answers: { 200: "ServerTime" },
  }),
  readUsage: route("get", "/v1/usage", {
    tag: "Service",
    summary: "What ended jobs used, by month and day: jobs, requests, tokens, dollars",
    query: UsageQuery,
    answers: { 200: "Usage" },
    example: { query: { months: 3 } },
  }),
  listObjectives: route("get", "/v1/objectives", {
    tag: "Service",
    summary: "List the objectives that a job's slo may call by name",
    who: "anyone",
    answers: { 200: "ObjectiveList" },
  }),
  readHealth: route("get", "/health", {
    tag: "Service",
    summary: "Whether the process answers",
    who: "anyone",
    answers: { 200: "Health" },
  }),
  readReady: route("get", "/ready", {
    tag: "Service",
    summary: "Whether requests should be sent here",
    who: "anyone",
    answers: { 200: "Ready" },
    problems: ["not_ready"],
  }),
  readMetrics: route("get", "/metrics", {
    tag: "Service",
    summary: "What Prometheus reads; not on AWS",
    answers: { 200: "metrics" },
    problems: ["not_found"],
  }),
});
