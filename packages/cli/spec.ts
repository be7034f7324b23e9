import type { JobRequest } from "@brimline/core/job/spec";
import { UsageError } from "./error.ts";

/** Flags of `brimline bench` that shape the job. Every value is still text, as typed. */
export interface JobFlags {
  model?: string;
  name?: string;
  levels?: string;
  sweep?: string;
  search?: string;
  duration?: string;
  requests?: string;
  "input-tokens"?: string;
  "output-tokens"?: string;
  warmup?: string;
  ramp?: string;
  idle?: string;
  repeats?: string;
  slo?: string;
  price?: string;
  visibility?: string;
}

/** What bench found in files and in the environment. */
export interface JobFiles {
  base: Partial<JobRequest>;
  apiKey: string | null;
  prompts: string[] | null;
  modelConfig: Record<string, unknown> | null;
}

/** The job that the flags ask for; the flags win over `--job`'s file. The service checks it again, this only reads numbers. */
export function jobRequest(url: string | null, flags: JobFlags, files: JobFiles): JobRequest {
  const base = files.base;
  const endpointUrl = url ?? base.endpoint?.url;
  const model = flags.model ?? base.endpoint?.model;
  if (endpointUrl === undefined) throw new UsageError("no endpoint: give its URL, such as http://127.0.0.1:8000/v1");
  if (model === undefined) throw new UsageError("no model: give --model <name>");
  const workload = {
    ...base.workload,
    ...(flags["input-tokens"] !== undefined && { inputTokens: whole("--input-tokens", flags["input-tokens"]) }),
    ...(flags["output-tokens"] !== undefined && { outputTokens: whole("--output-tokens", flags["output-tokens"]) }),
    ...(files.prompts !== null && { prompts: files.prompts }),
  };
  const request: JobRequest = {
    ...base,
    endpoint: { ...base.endpoint, url: endpointUrl, model, ...(files.apiKey !== null && { apiKey: files.apiKey }) },
    levels: levelsOf(flags) ?? base.levels ?? [1, 8, 32],
    workload,
    ...(flags.name !== undefined && { name: flags.name }),
    ...stopOf(flags),
    ...(flags.warmup === "0" && { warmup: false as const }),
    ...(flags.ramp !== undefined && { rampS: decimal("--ramp", flags.ramp) }),
    ...(flags.idle !== undefined && { idleS: decimal("--idle", flags.idle) }),
    ...(flags.repeats !== undefined && { repeats: whole("--repeats", flags.repeats) }),
    ...(flags.slo !== undefined && { slo: sloOf(flags.slo) }),
    ...(flags.price !== undefined && { gpu: { ...base.gpu, usdPerHour: decimal("--price", flags.price) } }),
    ...(flags.visibility !== undefined && { visibility: flags.visibility as "public" }),
  };
  if (files.modelConfig !== null) request.model = { config: files.modelConfig as Record<string, never> };
  return request;
}

function levelsOf(flags: JobFlags): JobRequest["levels"] | null {
  const given = [flags.levels, flags.sweep, flags.search].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new UsageError("give one of --levels, --sweep and --search");
  if (flags.levels !== undefined) return flags.levels.split(",").map((text) => whole("--levels", text.trim()));
  if (flags.sweep !== undefined) return { sweep: { max: whole("--sweep", flags.sweep) } };
  if (flags.search !== undefined) return { search: { max: whole("--search", flags.search) } };
  return null;
}

function stopOf(flags: JobFlags): Pick<JobRequest, "stop"> {
  const stop = {
    ...(flags.duration !== undefined && { durationS: decimal("--duration", flags.duration) }),
    ...(flags.requests !== undefined && { requests: whole("--requests", flags.requests) }),
  };
  return Object.keys(stop).length === 0 ? {} : { stop };
}

const SLO_FIELDS: Record<string, "ttftMs" | "tpotMs" | "e2eMs" | "percentile"> = { ttft: "ttftMs", tpot: "tpotMs", e2e: "e2eMs", percentile: "percentile" };

/** `ttft=500,tpot=50[,e2e=…][,percentile=95]`, times in ms. */
function sloOf(text: string): NonNullable<JobRequest["slo"]> {
  const slo: NonNullable<JobRequest["slo"]> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const field = SLO_FIELDS[name.trim()];
    if (field === undefined) throw new UsageError(`--slo takes ttft=<ms>, tpot=<ms>, e2e=<ms> and percentile=<number>, not "${name}"`);
    slo[field] = decimal(`--slo ${name}`, value);
  }
  return slo;
}

function whole(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} takes a whole number, not "${text}"`);
  return Number(text);
}

function decimal(flag: string, text: string): number {
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) throw new UsageError(`${flag} takes a number, not "${text}"`);
  return Number(text);
}
