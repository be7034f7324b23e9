import { Arrival, type JobRequest, type Length } from "@brimline/core/job/spec";
import { UsageError } from "./error.ts";

/** Flags of `brimline bench` that make up the job. Every value is still text, as typed. */
export interface JobFlags {
  model?: string;
  name?: string;
  levels?: string;
  rates?: string;
  arrival?: string;
  burstiness?: string;
  sweep?: string;
  search?: string;
  duration?: string;
  requests?: string;
  "input-tokens"?: string;
  "output-tokens"?: string;
  "no-salt"?: boolean;
  "api-key-header"?: string;
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
  if (endpointUrl === undefined)
    throw new UsageError("no endpoint: give its URL, such as http://127.0.0.1:8000/v1");
  if (model === undefined) throw new UsageError("no model: give --model <name>");
  const workload = {
    ...base.workload,
    ...(flags["input-tokens"] !== undefined && {
      inputTokens: lengthOf("--input-tokens", flags["input-tokens"]),
    }),
    ...(flags["output-tokens"] !== undefined && {
      outputTokens: lengthOf("--output-tokens", flags["output-tokens"]),
    }),
    ...(files.prompts !== null && { prompts: files.prompts }),
    ...(flags["no-salt"] === true && { salt: false }),
  };
  const request: JobRequest = {
    ...base,
    endpoint: {
      ...base.endpoint,
      url: endpointUrl,
      model,
      ...(files.apiKey !== null && { apiKey: files.apiKey }),
      ...(flags["api-key-header"] !== undefined && { apiKeyHeader: flags["api-key-header"] }),
    },
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
  const given = [flags.levels, flags.rates, flags.sweep, flags.search].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new UsageError("give one of --levels, --rates, --sweep and --search");
  if (flags.rates === undefined && (flags.arrival ?? flags.burstiness) !== undefined)
    throw new UsageError("--arrival and --burstiness need --rates");
  if (flags.rates !== undefined) return ratesOf(flags.rates, flags);
  if (flags.levels !== undefined)
    return flags.levels.split(",").map((text) => whole("--levels", text.trim()));
  if (flags.sweep !== undefined) return { sweep: { max: whole("--sweep", flags.sweep) } };
  if (flags.search !== undefined) return { search: { max: whole("--search", flags.search) } };
  return null;
}

/** `1,2.5,4`: requests per second of each level, all with the same arrivals. */
function ratesOf(rates: string, { arrival, burstiness }: JobFlags): JobRequest["levels"] {
  const named = arrival === undefined ? undefined : Arrival.safeParse(arrival);
  if (named?.success === false)
    throw new UsageError(`--arrival takes ${Arrival.options.join(", ")}, not "${arrival}"`);
  const how = {
    ...(named !== undefined && { arrival: named.data }),
    ...(burstiness !== undefined && { burstiness: decimal("--burstiness", burstiness) }),
  };
  return rates.split(",").map((text) => ({ rate: decimal("--rates", text.trim()), ...how }));
}

function stopOf(flags: JobFlags): Pick<JobRequest, "stop"> {
  const stop = {
    ...(flags.duration !== undefined && { durationS: decimal("--duration", flags.duration) }),
    ...(flags.requests !== undefined && { requests: whole("--requests", flags.requests) }),
  };
  return Object.keys(stop).length === 0 ? {} : { stop };
}

const SLO_FIELDS: Record<string, "ttftMs" | "tpotMs" | "e2eMs" | "percentile"> = {
  ttft: "ttftMs",
  tpot: "tpotMs",
  e2e: "e2eMs",
  percentile: "percentile",
};

/** `ttft=500,tpot=50[,e2e=…][,percentile=95]`, times in ms. */
function sloOf(text: string): NonNullable<JobRequest["slo"]> {
  const slo: NonNullable<JobRequest["slo"]> = {};
  for (const part of text.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const field = SLO_FIELDS[name.trim()];
    if (field === undefined)
      throw new UsageError(
        `--slo takes ttft=<ms>, tpot=<ms>, e2e=<ms> and percentile=<number>, not "${name}"`,
      );
    slo[field] = decimal(`--slo ${name}`, value);
  }
  return slo;
}

/** `256`, `100-400` (uniform), `normal:256,64` or `lognormal:256,128`: mean and stdev, then perhaps min and max. */
function lengthOf(flag: string, text: string): Length {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range !== null) return { min: whole(flag, range[1] ?? ""), max: whole(flag, range[2] ?? "") };
  const [shape = "", list] = text.split(":");
  if (list === undefined) return whole(flag, text);
  const [mean, stdev, min, max, ...more] = list.split(",");
  if (
    (shape !== "normal" && shape !== "lognormal") ||
    mean === undefined ||
    stdev === undefined ||
    more.length > 0
  )
    throw new UsageError(
      `${flag} takes <n>, <min>-<max>, normal:<mean>,<stdev>[,<min>,<max>] or lognormal:…, not "${text}"`,
    );
  return {
    shape,
    mean: decimal(flag, mean),
    stdev: decimal(flag, stdev),
    ...(min !== undefined && { min: whole(flag, min) }),
    ...(max !== undefined && { max: whole(flag, max) }),
  };
}

function whole(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${flag} takes a whole number, not "${text}"`);
  return Number(text);
}

function decimal(flag: string, text: string): number {
  if (!/^\d{1,12}(\.\d{1,9})?$/.test(text)) throw new UsageError(`${flag} takes a number, not "${text}"`);
  return Number(text);
}
