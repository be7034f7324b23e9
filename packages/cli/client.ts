import { Comparison } from "@brimline/core/compare/schema";
import { Job } from "@brimline/core/job/job";
import type { JobRequest } from "@brimline/core/job/spec";
import { Report } from "@brimline/core/report/schema";
import { type SampledGpu, sampledGpu } from "@brimline/core/record/gpu-sample";
import { SampledSource } from "@brimline/core/record/sample";
import { z } from "zod";
import { CommandError } from "./error.ts";

/**
 * The service as the commands see it. Every method throws a CommandError whose message can be shown as it is.
 */
export interface Client {
  url: string;
  submit(request: JobRequest, idempotencyKey: string): Promise<Job>;
  job(id: string): Promise<Job>;
  /** A part of the list of jobs, newest first. `next` is the cursor of the following part. */
  jobs(query: Record<string, string | number | undefined>): Promise<JobList>;
  /** Changes a job's name, tags or visibility. */
  change(id: string, change: Pick<JobRequest, "name" | "tags" | "visibility">): Promise<Job>;
  /** Deletes a job that has ended. */
  remove(id: string): Promise<void>;
  cancel(id: string): Promise<Job>;
  report(id: string): Promise<Report>;
  /** Compares the reports of two jobs, the baseline first. */
  compare(ids: { a: string; b: string }, marginPercent: number | undefined): Promise<Comparison>;
  /** The files of raw records of the job's ended levels. */
  recordFiles(id: string): Promise<RecordFile[]>;
  recordFile(id: string, file: string): Promise<Buffer>;
  /** The GPUs that an enrolled agent sees. */
  gpusOf(agent: string): Promise<SampledGpu[]>;
}

const JobList = z.object({ jobs: z.array(Job), next: z.string().nullable() });
type JobList = z.infer<typeof JobList>;
const RecordFile = z.object({ file: z.string(), level: z.string(), repeat: z.int(), shard: z.int() });
export type RecordFile = z.infer<typeof RecordFile>;
const RecordFiles = z.object({ files: z.array(RecordFile) });
const AgentSources = z.object({ sources: z.array(SampledSource) });
type Method = "GET" | "POST" | "PATCH" | "DELETE";
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
  async function call(
    method: Method,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<unknown> {
    const text = (await answered(method, path, TIMEOUT_MS, body, headers)).toString("utf8");
    return JSON.parse(text);
  }
  async function answered(
    method: Method,
    path: string,
    timeoutMs: number,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Buffer> {
    for (;;) {
      const request: RequestInit = {
        method,
        headers: {
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(key !== null && { authorization: `Bearer ${key}` }),
          ...headers,
        },
        signal: AbortSignal.timeout(timeoutMs),
      };
      if (body !== undefined) request.body = JSON.stringify(body);
      try {
        const response = await fetch(`${base}${path}`, request);
        const answer = Buffer.from(await response.arrayBuffer());
        if (response.ok) return answer;
        throw new CommandError(
          problemText(answer) ?? `${method} ${path}: the service answered ${response.status}`,
        );
      } catch (cause) {
        if (cause instanceof CommandError) throw cause;
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
  }
  const path = (id: string, rest = ""): string => `/v1/jobs/${encodeURIComponent(id)}${rest}`;
  return {
    url: base,
    submit: async (request, idempotencyKey) =>
      Job.parse(await call("POST", "/v1/jobs", request, { "idempotency-key": idempotencyKey })),
    job: async (id) => Job.parse(await call("GET", path(id))),
    jobs: async (query) => {
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      return JobList.parse(await call("GET", `/v1/jobs?${new URLSearchParams(given).toString()}`));
    },
    change: async (id, change) => Job.parse(await call("PATCH", path(id), change)),
    remove: async (id) => void (await answered("DELETE", path(id), TIMEOUT_MS)),
    cancel: async (id) => Job.parse(await call("POST", path(id, "/cancel"))),
    report: async (id) => Report.parse(await call("GET", path(id, "/report"))),
    compare: async (ids, marginPercent) =>
      Comparison.parse(
        await call("POST", "/v1/compare", { ...ids, ...(marginPercent !== undefined && { marginPercent }) }),
      ),
    recordFiles: async (id) => RecordFiles.parse(await call("GET", path(id, "/records"))).files,
    recordFile: (id, file) =>
      answered("GET", path(id, `/records/${encodeURIComponent(file)}`), FILE_TIMEOUT_MS),
    gpusOf: async (agent) =>
      AgentSources.parse(await call("GET", `/v1/agents/${encodeURIComponent(agent)}`))
        .sources.filter(({ source }) => source === "gpu")
        .flatMap(({ identities }) => identities.map(sampledGpu)),
  };
}

/** A problem+json body in a few lines: what is wrong, and in which field. */
function problemText(body: Buffer): string | null {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
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
