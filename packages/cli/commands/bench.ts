import type { JobRequest } from "@brimline/core/job/spec";
import { hasGpu, startLocalAgent } from "@brimline/functions/local-agent";
import { readFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { findServers, listModels } from "../discover.ts";
import { dryRun } from "../dry-run.ts";
import { CommandError, UsageError } from "../error.ts";
import { follow } from "../follow.ts";
import { gpuLines } from "../gpus.ts";
import { printOutcome } from "../outcome.ts";
import { connect, dataDirOf, SERVICE_FLAGS, SERVICE_USAGE } from "../service.ts";
import { jobRequest, type JobFiles } from "../spec.ts";

export const usage = `brimline bench [url] --model <name> [options]: benchmark an OpenAI-compatible endpoint.

Without a URL it looks for vLLM, SGLang, llama.cpp, Ollama and LM Studio on their usual loopback ports.
Without a model it takes the only one that /v1/models lists. Ctrl-C cancels the job and reports finished levels.

Load
  --levels 1,8,32     users of each level, in order (default 1,8,32)
  --rates 1,2,4       or: requests per second of each level, whatever is in flight (open loop)
  --arrival poisson|constant|gamma  how they come (default poisson); --burstiness <n> of gamma: below 1 in bursts
  --sweep <max>       1, 2, 4 … max users
  --duration <s>      how long a level sends (default: from the warm-up, 30 to 180 s)
  --requests <n>      or: how many requests a level sends
  --input-tokens <n>  default 256      --output-tokens <n>  default 128
                      or 100-400, normal:256,64 or lognormal:256,128 (mean, stdev[, min, max])
  --prompts <file>    own prompts: JSON Lines, each a string or {"prompt": "…"}
  --no-salt           prompts without random digits before them: lets a prefix cache help
  --warmup 0          no warm-up       --ramp <s>  --idle <s>  --repeats <n>
What it is judged by
  --slo ttft=500,tpot=50   objectives in ms (also e2e=…, percentile=95)
  --assert-slo        exit 1 when no level, or not the highest one, meets them
  --model-config <config.json>  the model's Hugging Face config, for MFU
  --price <usd>       per GPU hour, for cost per million tokens
Endpoint and job
  --api-key-env <NAME>  environment variable that holds the endpoint's key
  --api-key-header <name>  header for it, such as api-key (default: authorization, as a bearer token)
  --job <file.json>   a whole job; flags win over it
  --name <text>       --visibility public|unlisted|private
  --no-agent          do not sample this machine's GPUs
Output
  --json              print report.json   --dry-run  print the plan and send nothing
Service
${SERVICE_USAGE}`;

const FLAGS = {
  ...SERVICE_FLAGS,
  model: { type: "string" },
  name: { type: "string" },
  levels: { type: "string" },
  rates: { type: "string" },
  arrival: { type: "string" },
  burstiness: { type: "string" },
  sweep: { type: "string" },
  search: { type: "string" },
  duration: { type: "string" },
  requests: { type: "string" },
  "input-tokens": { type: "string" },
  "output-tokens": { type: "string" },
  prompts: { type: "string" },
  "no-salt": { type: "boolean" },
  warmup: { type: "string" },
  ramp: { type: "string" },
  idle: { type: "string" },
  repeats: { type: "string" },
  slo: { type: "string" },
  "assert-slo": { type: "boolean" },
  "model-config": { type: "string" },
  price: { type: "string" },
  visibility: { type: "string" },
  "api-key-env": { type: "string" },
  "api-key-header": { type: "string" },
  job: { type: "string" },
  "no-agent": { type: "boolean" },
  json: { type: "boolean" },
  "dry-run": { type: "boolean" },
} as const;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: FLAGS });
  if (positionals.length > 1) throw new UsageError(`bench takes one URL, not "${positionals.join(" ")}"`);
  const flags = Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === "string"),
  ) as Record<string, string>;
  const files = await readFiles(values);
  const { url, model } = await target(
    positionals[0] ?? null,
    flags["model"] ?? null,
    files,
    flags["api-key-header"],
  );
  const jobFlags = { ...flags, "no-salt": values["no-salt"] === true };
  const request = jobRequest(url, model === null ? jobFlags : { ...jobFlags, model }, files);
  if (values["assert-slo"] === true && request.slo === undefined)
    throw new UsageError("--assert-slo needs --slo");
  if (values["dry-run"] === true) {
    process.stdout.write(dryRun(request));
    return 0;
  }
  return submitAndFollow(request, values);
}

async function submitAndFollow(
  request: JobRequest,
  values: {
    json?: boolean | undefined;
    "assert-slo"?: boolean | undefined;
    "no-agent"?: boolean | undefined;
    server?: string;
    "key-env"?: string;
    data?: string;
    store?: string;
    "store-endpoint"?: string;
  },
): Promise<number> {
  const connection = await connect(values);
  const here = isLoopback(request.endpoint.url);
  const wantsAgent =
    values["no-agent"] !== true && (request.agents ?? []).length === 0 && here && (await hasGpu());
  const agent = wantsAgent
    ? await startLocalAgent({
        serverUrl: connection.client.url,
        key: connection.key,
        dataDir: dataDirOf(values),
      })
    : null;
  try {
    if (agent !== null)
      for (const line of gpuLines(await connection.client.gpusOf(agent.id)))
        process.stderr.write(`GPU ${line}\n`);
    const job = await connection.client.submit(
      agent === null ? request : { ...request, agents: [agent.id] },
      randomUUID(),
    );
    process.stderr.write(`job ${job.id}\n`);
    const ended = await follow(connection.client, job.id, { cancelOnInterrupt: true, quiet: false });
    const report = await printOutcome(connection.client, ended, values.json === true ? "json" : "text");
    if (report !== null && report.gpus.length === 0 && values.json !== true) {
      process.stdout.write(
        `\nFor power, energy and MFU run this on the GPU host, then add its id to the job as "agents":\n  brimline agent --server ${connection.client.url}\n`,
      );
    }
    if (connection.started && ended.links.page !== null && values.json !== true)
      process.stdout.write(
        `\nThe page is kept; to open it run: npx brimline serve ${connection.placeFlags}\n`,
      );
    const missed =
      values["assert-slo"] === true &&
      report?.levels.findLast((level) => level.role !== "warmup")?.sloMet !== true;
    if (missed) process.stderr.write("the SLO was missed at the highest level\n");
    return ended.state === "completed" && !missed ? 0 : 1;
  } finally {
    await agent?.stop();
    await connection.close();
  }
}

const isLoopback = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname);

/** The endpoint and the model: as given, from the job file, or the only ones there are. */
async function target(
  url: string | null,
  model: string | null,
  files: JobFiles,
  keyHeaderName: string | undefined,
): Promise<{ url: string | null; model: string | null }> {
  const known = url ?? files.base.endpoint?.url ?? null;
  if (
    known !== null &&
    (model ?? files.base.endpoint?.model) !== undefined &&
    (model !== null || files.base.endpoint?.model !== undefined)
  )
    return { url, model };
  if (known !== null) {
    const models = await listModels(
      known,
      files.apiKey,
      keyHeaderName ?? files.base.endpoint?.apiKeyHeader,
    ).catch((cause: unknown) => {
      throw new CommandError(
        `${known}/models does not list models: give --model <name>, and check the URL (it usually ends in /v1)`,
        { cause },
      );
    });
    return { url: known, model: only(models, known) };
  }
  const found = await findServers();
  for (const { server, url: at, models } of found)
    process.stderr.write(`found ${server} at ${at}: ${models.join(", ") || "no model loaded"}\n`);
  const [first, second] = found;
  if (first === undefined)
    throw new UsageError(
      "no endpoint given, and none answers on the usual loopback ports of vLLM, SGLang, llama.cpp, Ollama and LM Studio",
    );
  if (second !== undefined)
    throw new UsageError(`more than one endpoint found: name one, such as ${first.url}`);
  return { url: first.url, model: model ?? only(first.models, first.url) };
}

function only(models: string[], url: string): string {
  const [first, second] = models;
  if (first === undefined) throw new UsageError(`${url} lists no model: load one, or give --model <name>`);
  if (second !== undefined)
    throw new UsageError(
      `${url} lists ${models.length} models: give --model with one of ${models.slice(0, 10).join(", ")}`,
    );
  return first;
}

async function readFiles(values: {
  job?: string | undefined;
  prompts?: string | undefined;
  "model-config"?: string | undefined;
  "api-key-env"?: string | undefined;
}): Promise<JobFiles> {
  const keyName = values["api-key-env"];
  const apiKey = keyName === undefined ? null : (process.env[keyName] ?? null);
  if (keyName !== undefined && apiKey === null)
    throw new UsageError(`the environment variable ${keyName} is not set`);
  return {
    base: values.job === undefined ? {} : ((await readJson("--job", values.job)) as Partial<JobRequest>),
    apiKey,
    prompts: values.prompts === undefined ? null : readPrompts(await readText("--prompts", values.prompts)),
    modelConfig:
      values["model-config"] === undefined
        ? null
        : ((await readJson("--model-config", values["model-config"])) as Record<string, unknown>),
  };
}

/** JSON Lines: each line a string, or an object with `prompt` or `text`. */
function readPrompts(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new UsageError("--prompts: the file is empty");
  return lines.map((line, index) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new UsageError(`--prompts: line ${index + 1} is not JSON`);
    }
    const prompt =
      typeof value === "string"
        ? value
        : typeof value === "object" && value !== null
          ? ((value as { prompt?: unknown; text?: unknown }).prompt ?? (value as { text?: unknown }).text)
          : null;
    if (typeof prompt !== "string" || prompt === "")
      throw new UsageError(`--prompts: line ${index + 1} needs a string, or an object with "prompt"`);
    return prompt;
  });
}

async function readJson(flag: string, file: string): Promise<unknown> {
  const text = await readText(flag, file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${flag}: ${file} is not JSON (${cause instanceof Error ? cause.message : ""})`);
  }
}

async function readText(flag: string, file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(
      `${flag}: cannot read ${file} (${cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"})`,
    );
  });
}
