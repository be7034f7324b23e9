import type { createClient, Schemas } from "@brimline/client/client";
import { END_STATES, Job } from "@brimline/core/job/state/job";
import { markdownReport } from "@brimline/core/report/shown/markdown";
import { Report } from "@brimline/core/report/schema";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

type Client = ReturnType<typeof createClient>;

export interface McpOptions {
  client: Client;
  version: string;
  /**
   * The key for an endpoint, where the person who started the server gave one. No tool takes a key and none answers
   * one, so no model sees it.
   */
  keyFor?: (endpoint: URL) => string | undefined;
  /** Waits between two looks at a job. */
  sleep: (ms: number) => Promise<unknown>;
}

const INSTRUCTIONS =
  "Brimline measures how many users an LLM endpoint can take. Plan a job, run it, read it with waitS until it has ended, then read its report. A figure that is null is unknown, and its reasons say why; repeat what a report says of how far its figures can be trusted.";

const LOOK_MS = 1000;
const WAIT_MAX_S = 50;

const JobId = z.string().regex(/^[a-z0-9]{20}$/, "must be a job's id");
const JobInput = {
  url: z
    .string()
    .max(2048)
    .describe("base URL of the endpoint as OpenAI clients take it, without a key in it"),
  model: z.string().max(200).describe("the model's name"),
  users: z
    .array(z.int().min(1).max(10_000))
    .min(1)
    .max(20)
    .optional()
    .describe("users of each level; unless given, a search finds the levels that the answer needs"),
  durationS: z.number().min(1).max(14_400).optional().describe("how long each of these levels sends"),
  inputTokens: z.int().min(1).max(200_000).optional(),
  outputTokens: z.int().min(1).max(200_000).optional(),
  objective: z
    .object({
      ttftMs: z.number().positive().optional(),
      tpotMs: z.number().positive().optional(),
      e2eMs: z.number().positive().optional(),
    })
    .optional()
    .describe("bounds in ms that 95 % of the requests are to meet"),
  name: z.string().min(1).max(120).optional(),
  tags: z.array(z.string().min(1).max(50)).max(10).optional(),
  baseline: z.string().max(60).optional().describe("a job's id to compare with, or last:<tag>"),
};
type JobInput = z.infer<z.ZodObject<typeof JobInput>>;

interface Answer {
  [field: string]: unknown;
  content: { type: "text"; text: string }[];
  isError?: boolean;
}
const text = (said: string): Answer => ({ content: [{ type: "text", text: said }] });
const json = (value: unknown): Answer => text(JSON.stringify(value, null, 1));

/** Brimline's tools for a model: plan, run, follow, read and compare. Each asks the service's HTTP API. */
export function createMcpServer({ client, version, keyFor, sleep }: McpOptions): McpServer {
  const server = new McpServer({ name: "brimline", version }, { instructions: INSTRUCTIONS });
  const at = (id: string) => ({ params: { path: { id } } });

  const request = ({ url, users, durationS, inputTokens, outputTokens, objective, ...given }: JobInput) => {
    const { model, ...listed } = given;
    const endpoint = URL.parse(url);
    const apiKey = endpoint === null ? undefined : keyFor?.(endpoint);
    return {
      ...listed,
      endpoint: { url, model, ...(apiKey !== undefined && { apiKey }) },
      ...(users !== undefined && { levels: users }),
      ...(durationS !== undefined && { stop: { durationS } }),
      workload: {
        ...(inputTokens !== undefined && { inputTokens }),
        ...(outputTokens !== undefined && { outputTokens }),
      },
      ...(objective !== undefined && { slo: objective }),
    } as Schemas["JobRequest"];
  };
  const readJob = async (id: string): Promise<Job | Answer> => {
    const { data, error } = await client.GET("/v1/jobs/{id}", at(id));
    return data === undefined ? refused(error) : Job.parse(data);
  };

  server.registerTool(
    "plan_job",
    {
      title: "Plan a job",
      description: "Says what a job would do (levels, requests, tokens, time, dollars), and does nothing.",
      inputSchema: JobInput,
      annotations: { readOnlyHint: true },
    },
    async (input) => {
      const { data, error } = await client.POST("/v1/plan", { body: request(input) });
      return data === undefined ? refused(error) : json(data);
    },
  );
  server.registerTool(
    "run_job",
    {
      title: "Run a job",
      description:
        "Submits a job, which sends load to the endpoint. Answers its id at once; read_job follows it. Ask the person first: it costs what plan_job says.",
      inputSchema: JobInput,
      annotations: { readOnlyHint: false, openWorldHint: true },
    },
    async (input) => {
      const { data, error } = await client.POST("/v1/jobs", { body: request(input) });
      return data === undefined ? refused(error) : json(Job.parse(data));
    },
  );
  server.registerTool(
    "read_job",
    {
      title: "Read a job",
      description: "A job's state, progress and, when it has ended, its verdict.",
      inputSchema: {
        job: JobId,
        waitS: z.number().min(0).max(WAIT_MAX_S).default(0).describe("wait so long for its end"),
      },
      annotations: { readOnlyHint: true },
    },
    async ({ job, waitS }) => {
      for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
        const read = await readJob(job);
        if ("content" in read) return read;
        if (END_STATES.includes(read.state) || waitedMs >= 1000 * waitS) return json(read);
        await sleep(LOOK_MS);
      }
    },
  );
  server.registerTool(
    "read_report",
    {
      title: "Read a report",
      description:
        "The report of a job that has ended, as Markdown: the answer first, then its levels and findings.",
      inputSchema: { job: JobId },
      annotations: { readOnlyHint: true },
    },
    async ({ job }) => {
      const read = await readJob(job);
      if ("content" in read) return read;
      const { data, error } = await client.GET("/v1/jobs/{id}/report", at(job));
      return data === undefined ? refused(error) : text(markdownReport(Report.parse(data), read.links.page));
    },
  );
  server.registerTool(
    "compare_jobs",
    {
      title: "Compare two jobs",
      description: "Says whether a job is better or worse than a baseline, figure by figure.",
      inputSchema: { baseline: JobId, job: JobId, marginPercent: z.number().min(0.01).max(50).optional() },
      annotations: { readOnlyHint: true },
    },
    async ({ baseline, job, marginPercent }) => {
      const body = { a: baseline, b: job, ...(marginPercent !== undefined && { marginPercent }) };
      const { data, error } = await client.POST("/v1/compare", { body });
      return data === undefined ? refused(error) : json(data);
    },
  );
  server.registerTool(
    "list_jobs",
    {
      title: "List jobs",
      description: "Jobs, newest first.",
      inputSchema: {
        tag: z.string().max(200).optional(),
        model: z.string().max(200).optional(),
        find: z.string().max(200).optional().describe("letters in the name, model, tags or id"),
        limit: z.int().min(1).max(50).default(10),
      },
      annotations: { readOnlyHint: true },
    },
    async ({ tag, model, find, limit }) => {
      const query = {
        limit,
        ...(tag !== undefined && { tag }),
        ...(model !== undefined && { model }),
        ...(find !== undefined && { q: find }),
      };
      const { data, error } = await client.GET("/v1/jobs", { params: { query } });
      if (data === undefined) return refused(error);
      return json(
        data.jobs.map(({ id, name, state, createdAt, verdict }) => ({
          id,
          name,
          state,
          createdAt,
          answer: verdict?.answer ?? verdict?.sentence ?? null,
        })),
      );
    },
  );
  return server;
}

/** A problem as a tool's error, which the model reads. */
function refused(problem: Schemas["Problem"] | undefined): Answer {
  const { title = "The service gave no answer", detail = "", errors = [] } = problem ?? {};
  const fields = errors.map(
    ({ pointer, parameter, detail: wrong }) => `${pointer ?? parameter ?? ""}: ${wrong}`,
  );
  return { ...text([`${title}: ${detail}`, ...fields].join("\n")), isError: true };
}
