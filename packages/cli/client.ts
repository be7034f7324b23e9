import type { operations } from "@brimline/client/api";
import type { paths } from "@brimline/client/api";
import { createClient as createTypedClient, type Schemas } from "@brimline/client/client";
import { EventType } from "@brimline/core/codes";
import { Comparison } from "@brimline/core/compare/schema";
import { Job } from "@brimline/core/job/state/job";
import type { Rerun } from "@brimline/core/job/spec/rerun";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { Trend } from "@brimline/core/trend/schema";
import { Report } from "@brimline/core/report/schema";
import { type SampledGpu, sampledGpu } from "@brimline/core/record/telemetry/gpu-sample";
import { SampledSource } from "@brimline/core/record/telemetry/sample";
import { z } from "zod";
import { CommandError } from "./error.ts";

/**
 * The service as the commands see it. Every method throws a CommandError whose message can be shown as it is.
 */
export interface Client {
  url: string;
  submit(request: JobRequest, idempotencyKey: string): Promise<Job>;
  /** What a job would do, and the proof that it needs. */
  plan(request: JobRequest): Promise<Schemas["Plan"]>;
  job(id: string): Promise<Job>;
  /** A part of the list of jobs, newest first. `next` is the cursor of the following part. */
  jobs(query: JobQuery): Promise<JobList>;
  /** Changes a job's name, tags or visibility. */
  change(id: string, change: Pick<JobRequest, "name" | "tags" | "visibility">): Promise<Job>;
  /** Submits a job that asks again what a job asked. */
  rerun(id: string, rerun: z.input<typeof Rerun>, idempotencyKey: string): Promise<Job>;
  /** Deletes a job that has ended. */
  remove(id: string): Promise<void>;
  cancel(id: string): Promise<Job>;
  report(id: string): Promise<Report>;
  /** Compares the reports of two jobs, the baseline first. */
  compare(ids: { a: string; b: string }, marginPercent: number | undefined): Promise<Comparison>;
  /** Since which job a figure of the newest like jobs with a tag is another. */
  trend(query: TrendQuery): Promise<Trend>;
  /** The files of raw records of the job's ended levels. */
  recordFiles(id: string): Promise<RecordFile[]>;
  recordFile(id: string, file: string): Promise<Buffer>;
  /** What the job's report was made of, with links that need no key for a while. */
  downloads(id: string): Promise<Downloads>;
  /** What the jobs of the latest months used. */
  usage(months: number): Promise<Schemas["Usage"]>;
  /** Every try at telling the job's webhook. */
  deliveries(id: string): Promise<Delivery[]>;
  /** Tells the webhook of one event once more. */
  redeliver(id: string, sequence: number): Promise<Delivery>;
  /** Gives the webhook a new secret, beside which the one before stays valid. */
  rotateSecret(id: string, secret: string): Promise<void>;
  schedules(): Promise<Schemas["Schedule"][]>;
  addSchedule(request: Schemas["ScheduleRequest"]): Promise<Schemas["Schedule"]>;
  removeSchedule(id: string): Promise<void>;
  keys(): Promise<Schemas["Key"][]>;
  /** Makes a key, which only this answer shows. */
  addKey(request: Schemas["KeyRequest"]): Promise<Schemas["KeyMade"]>;
  removeKey(id: string): Promise<void>;
  /** The GPUs that an enrolled agent sees. */
  gpusOf(agent: string): Promise<SampledGpu[]>;
}

type Query = NonNullable<operations["listJobs"]["parameters"]["query"]>;
type JobQuery = { [Name in keyof Query]: Query[Name] | undefined };
const JobList = z.object({ jobs: z.array(Job), next: z.string().nullable() });
export type TrendQuery = paths["/v1/trends"]["get"]["parameters"]["query"];
type JobList = z.infer<typeof JobList>;
const RecordFile = z.object({ file: z.string(), level: z.string(), repeat: z.int(), shard: z.int() });
export type RecordFile = z.infer<typeof RecordFile>;
const RecordFiles = z.object({ files: z.array(RecordFile) });
const Downloads = z.object({
  files: z.array(
    z.object({ file: z.string(), kind: z.string(), bytes: z.int(), sha256: z.string(), url: z.string() }),
  ),
  expiresAt: z.string(),
});
export type Downloads = z.infer<typeof Downloads>;
const Delivery = z.object({
  sequence: z.int(),
  type: EventType,
  tries: z.int(),
  at: z.string(),
  outcome: z.string(),
  status: z.int().nullable(),
  detail: z.string().nullable(),
  nextAt: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;
const Deliveries = z.object({ deliveries: z.array(Delivery) });
const AgentSources = z.object({ sources: z.array(SampledSource) });
const TIMEOUT_MS = 15_000;
/** A file of a million records has 200 MB. */
const FILE_TIMEOUT_MS = 600_000;

/** `whenGone` is called when no service answers. If it answers true, there is one again, and it is asked anew. */
export function createClient(
  url: string,
  key: string | null,
  whenGone: () => Promise<boolean> = async () => false,
): Client {
  const base = url.replace(/\/+$/, "");
  /** Answers when the whole body is here. It throws a CommandError when nobody answers, or too late. */
  const within =
    (timeoutMs: number) =>
    async (request: Request): Promise<Response> => {
      for (;;) {
        try {
          const answer = await fetch(request.clone(), { signal: AbortSignal.timeout(timeoutMs) });
          const body = await answer.arrayBuffer();
          return new Response(body.byteLength === 0 ? null : body, answer);
        } catch (cause) {
          if (cause instanceof Error && cause.name === "TimeoutError")
            throw new CommandError(
              `the service at ${base} did not answer within ${timeoutMs / 1000} s: try again, or read its log`,
              { cause },
            );
          if (await whenGone()) continue;
          throw new CommandError(
            `no Brimline service answers at ${base}: start one with "npx brimline serve", or name another with --server`,
            { cause },
          );
        }
      }
    };
  const api = createTypedClient({ url: base, key, fetch: within(TIMEOUT_MS) });
  const answered = async <Data>(
    call: Promise<{ data?: Data; error?: unknown; response: Response }>,
  ): Promise<Data> => {
    const { data, error, response } = await call.catch((cause: unknown) => {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new CommandError(`what answers at ${base} is no Brimline service: name another with --server`, {
        cause,
      });
    });
    if (response.ok) return data as Data;
    throw new CommandError(problemText(error) ?? `${base}: the service answered ${response.status}`);
  };
  const job = (id: string) => ({ params: { path: { id } } });
  return {
    url: base,
    submit: async (request, idempotencyKey) =>
      Job.parse(
        await answered(
          api.POST("/v1/jobs", {
            params: { header: { "idempotency-key": idempotencyKey } },
            body: request as Schemas["JobRequest"],
          }),
        ),
      ),
    plan: (request) => answered(api.POST("/v1/plan", { body: request as Schemas["JobRequest"] })),
    job: async (id) => Job.parse(await answered(api.GET("/v1/jobs/{id}", job(id)))),
    jobs: async (query) =>
      JobList.parse(await answered(api.GET("/v1/jobs", { params: { query: query as Query } }))),
    change: async (id, change) =>
      Job.parse(
        await answered(api.PATCH("/v1/jobs/{id}", { ...job(id), body: change as Schemas["JobChange"] })),
      ),
    rerun: async (id, rerun, idempotencyKey) =>
      Job.parse(
        await answered(
          api.POST("/v1/jobs/{id}/rerun", {
            params: { path: { id }, header: { "idempotency-key": idempotencyKey } },
            body: rerun as Schemas["Rerun"],
          }),
        ),
      ),
    remove: (id) => answered(api.DELETE("/v1/jobs/{id}", job(id))),
    cancel: async (id) => Job.parse(await answered(api.POST("/v1/jobs/{id}/cancel", job(id)))),
    report: async (id) => Report.parse(await answered(api.GET("/v1/jobs/{id}/report", job(id)))),
    compare: async (ids, marginPercent) =>
      Comparison.parse(
        await answered(
          api.POST("/v1/compare", {
            body: { ...ids, ...(marginPercent !== undefined && { marginPercent }) },
          }),
        ),
      ),
    trend: async (query) => Trend.parse(await answered(api.GET("/v1/trends", { params: { query } }))),
    recordFiles: async (id) =>
      RecordFiles.parse(await answered(api.GET("/v1/jobs/{id}/records", job(id)))).files,
    recordFile: async (id, file) =>
      Buffer.from(
        await answered(
          api.GET("/v1/jobs/{id}/records/{file}", {
            params: { path: { id, file } },
            parseAs: "arrayBuffer",
            fetch: within(FILE_TIMEOUT_MS),
          }),
        ),
      ),
    downloads: async (id) => Downloads.parse(await answered(api.GET("/v1/jobs/{id}/downloads", job(id)))),
    usage: (months) => answered(api.GET("/v1/usage", { params: { query: { months } } })),
    deliveries: async (id) =>
      Deliveries.parse(await answered(api.GET("/v1/jobs/{id}/deliveries", job(id)))).deliveries,
    redeliver: async (id, sequence) =>
      Delivery.parse(
        await answered(
          api.POST("/v1/jobs/{id}/deliveries/{n}/redeliver", {
            params: { path: { id, n: String(sequence) } },
          }),
        ),
      ),
    rotateSecret: (id, secret) =>
      answered(api.POST("/v1/jobs/{id}/webhook/secret", { ...job(id), body: { secret } })),
    schedules: async () => (await answered(api.GET("/v1/schedules"))).schedules,
    addSchedule: (body) => answered(api.POST("/v1/schedules", { body })),
    removeSchedule: (id) => answered(api.DELETE("/v1/schedules/{id}", job(id))),
    keys: async () => (await answered(api.GET("/v1/keys"))).keys,
    addKey: (body) => answered(api.POST("/v1/keys", { body })),
    removeKey: (id) => answered(api.DELETE("/v1/keys/{id}", job(id))),
    gpusOf: async (agent) =>
      AgentSources.parse(await answered(api.GET("/v1/agents/{id}", job(agent))))
        .sources.filter(({ source }) => source === "gpu")
        .flatMap(({ identities }) => identities.map(sampledGpu)),
  };
}

/** A problem document in a few lines: what is wrong, and in which field. It is null for any other answer. */
function problemText(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("title" in answer)) return null;
  const { title, detail, errors } = answer as { title: string; detail?: unknown; errors?: unknown };
  const fields = Array.isArray(errors)
    ? errors.map(
        ({ pointer, parameter, detail: wrong }: { pointer?: string; parameter?: string; detail?: string }) =>
          `  ${pointer ?? parameter ?? ""}: ${wrong ?? ""}`,
      )
    : [];
  return [typeof detail === "string" && detail !== "" ? `${title}: ${detail}` : title, ...fields].join("\n");
}
