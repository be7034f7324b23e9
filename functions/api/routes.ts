import { z } from "zod";
import { route, withOperationIds } from "./openapi.ts";
import { ListQuery } from "./schemas.ts";

const job = z.object({ id: z.string() });
const event = z.object({ id: z.string(), n: z.string() });
const records = z.object({ id: z.string(), file: z.string() });
const agent = z.object({ id: z.string() });
const segment = z.object({ id: z.string(), name: z.string() });

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
      "in_flight",
      "too_many_jobs",
      "disk_full",
    ],
  }),
  listJobs: route("get", "/v1/jobs", {
    tag: "Jobs",
    summary: "List jobs, newest first",
    query: ListQuery,
    answers: { 200: "JobList" },
  }),
  readJob: route("get", "/v1/jobs/{id}", {
    tag: "Jobs",
    summary: "Read a job",
    params: job,
    answers: { 200: "Job", 304: "nothing" },
    problems: ["not_found"],
  }),
  cancelJob: route("post", "/v1/jobs/{id}/cancel", {
    tag: "Jobs",
    summary: "Cancel a job; needs no body",
    params: job,
    answers: { 200: "Job" },
    problems: ["not_found", "already_ended", "disk_full"],
  }),
  streamEvents: route("get", "/v1/jobs/{id}/events", {
    tag: "Jobs",
    summary: "Follow a job: progress and events",
    params: job,
    headers: z.object({ "last-event-id": z.string().optional() }),
    answers: { 200: "events", 204: "nothing" },
    problems: ["not_found"],
  }),
  readReport: route("get", "/v1/jobs/{id}/report", {
    tag: "Jobs",
    summary: "Read the report",
    params: job,
    answers: { 200: "Report", 304: "nothing" },
    problems: ["not_found", "no_report"],
  }),
  listRecords: route("get", "/v1/jobs/{id}/records", {
    tag: "Jobs",
    summary: "List the files of raw records, of levels that have ended",
    params: job,
    answers: { 200: "RecordFiles" },
    problems: ["not_found"],
  }),
  readRecords: route("get", "/v1/jobs/{id}/records/{file}", {
    tag: "Jobs",
    summary: "Read a file of raw records: Parquet, a row for each request",
    params: records,
    answers: { 200: "parquet" },
    problems: ["not_found"],
  }),
  listDeliveries: route("get", "/v1/jobs/{id}/deliveries", {
    tag: "Jobs",
    summary: "List the tries at delivering webhooks",
    params: job,
    answers: { 200: "DeliveryList" },
    problems: ["not_found"],
  }),
  redeliver: route("post", "/v1/jobs/{id}/deliveries/{n}/redeliver", {
    tag: "Jobs",
    summary: "Deliver an event's webhook once more",
    params: event,
    answers: { 200: "Delivery" },
    problems: ["not_found", "conflict", "disk_full"],
  }),
  compareReports: route("post", "/v1/compare", {
    tag: "Jobs",
    summary: "Compare the reports of two jobs",
    body: "CompareRequest",
    answers: { 200: "Comparison" },
    problems: ["not_found", "no_report", "not_comparable"],
  }),
  enrolAgent: route("post", "/v1/agents", {
    tag: "Agents",
    summary: "Enrol an agent",
    body: "AgentRequest",
    answers: { 201: "AgentEnrolled" },
    problems: ["disk_full"],
  }),
  readAgent: route("get", "/v1/agents/{id}", {
    tag: "Agents",
    summary: "Read an agent",
    who: "admin_or_agent",
    params: agent,
    answers: { 200: "Agent" },
    problems: ["not_found"],
  }),
  requestUploads: route("post", "/v1/agents/{id}/segments", {
    tag: "Agents",
    summary: "Ask where to upload telemetry",
    who: "agent",
    params: agent,
    body: "SegmentsRequest",
    answers: { 200: "Uploads" },
  }),
  putSegment: route("put", "/v1/agents/{id}/segments/{name}", {
    tag: "Agents",
    summary: "Upload a segment of telemetry",
    who: "agent",
    params: segment,
    body: "segment",
    answers: { 201: "nothing" },
    problems: ["not_found", "already_stored", "bad_gzip", "decompressed_too_large", "disk_full"],
  }),
  readTime: route("post", "/v1/time", {
    tag: "Agents",
    summary: "Probe the service's clock",
    who: "anyone",
    answers: { 200: "ServerTime" },
  }),
  listObjectives: route("get", "/v1/objectives", {
    tag: "Service",
    summary: "List the objectives that a job's slo may call by name",
    who: "anyone",
    answers: { 200: "ObjectiveList" },
  }),
  readHealth: route("get", "/health", {
    tag: "Service",
    summary: "Whether the service answers",
    who: "anyone",
    answers: { 200: "Health" },
  }),
});
