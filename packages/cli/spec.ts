import type { JobRequest } from "@brimline/core/job/spec";
import type { BenchFlags } from "./bench-options.ts";
import { UsageError } from "./error.ts";

/** The flags of `brimline bench`, from which the job is made. */
export type JobFlags = Partial<BenchFlags>;

/** The endpoint of a job, as a caller writes it. */
export type EndpointRequest = JobRequest["endpoint"];

/** What bench read from files and from the environment. */
export interface JobFiles {
  base: Partial<JobRequest>;
  secrets: Pick<EndpointRequest, "apiKey" | "basic">;
  secretHeaders: NonNullable<EndpointRequest["secretHeaders"]>;
  tls: NonNullable<EndpointRequest["tls"]>;
  prompts: string[] | null;
  modelConfig: Record<string, unknown> | null;
}

/** The endpoint at this URL that the flags and the file of `--job` ask for. Its model may have to be found out. */
export function endpointRequest(
  url: string,
  flags: JobFlags,
  { base, secrets, secretHeaders, tls }: JobFiles,
): Omit<EndpointRequest, "model"> {
  return {
    ...base.endpoint,
    url,
    ...secrets,
    ...(flags.api !== undefined && { api: flags.api }),
    ...(flags.apiKeyHeader !== undefined && { apiKeyHeader: flags.apiKeyHeader }),
    ...(Object.keys(secretHeaders).length > 0 && {
      secretHeaders: { ...base.endpoint?.secretHeaders, ...secretHeaders },
    }),
    ...(Object.keys(tls).length > 0 && { tls: { ...base.endpoint?.tls, ...tls } }),
    ...metricsUrlOf(flags),
  };
}

/**
 * The job that the flags ask for, against this endpoint and model. They override the file of `--job`, and the
 * service checks the result.
 */
export function jobRequest(
  { url, model }: Pick<EndpointRequest, "url" | "model">,
  flags: JobFlags,
  files: JobFiles,
): JobRequest {
  const base = files.base;
  const workload = {
    ...base.workload,
    ...(flags.inputTokens !== undefined && { inputTokens: flags.inputTokens }),
    ...(flags.outputTokens !== undefined && { outputTokens: flags.outputTokens }),
    ...(flags.temperature !== undefined && { temperature: flags.temperature }),
    ...(flags.images !== undefined && { images: flags.images }),
    ...(files.prompts !== null && { prompts: files.prompts }),
    ...(flags.salt === false && { salt: false }),
  };
  const request: JobRequest = {
    ...base,
    endpoint: { ...endpointRequest(url, flags, files), model },
    levels: levelsOf(flags) ?? base.levels ?? [1, 8, 32],
    workload,
    ...(flags.name !== undefined && { name: flags.name }),
    ...stopOf(flags),
    ...(flags.warmup === 0 && { warmup: false as const }),
    ...(flags.ramp !== undefined && { rampS: flags.ramp }),
    ...(flags.idle !== undefined && { idleS: flags.idle }),
    ...(flags.wait !== undefined && { waitS: flags.wait }),
    ...(flags.repeats !== undefined && { repeats: flags.repeats }),
    ...(flags.slo !== undefined && { slo: flags.slo }),
    ...(flags.price !== undefined && { gpu: { ...base.gpu, usdPerHour: flags.price } }),
    ...(flags.visibility !== undefined && { visibility: flags.visibility }),
  };
  if (files.modelConfig !== null) request.model = { config: files.modelConfig as Record<string, never> };
  return request;
}

function levelsOf(flags: JobFlags): JobRequest["levels"] | null {
  const { levels, rates, sweep, search, within, arrival, burstiness } = flags;
  if ([levels, rates, sweep, search].filter((each) => each !== undefined).length > 1)
    throw new UsageError("give one of --levels, --rates, --sweep and --search");
  if (within !== undefined && search === undefined) throw new UsageError("--within needs --search");
  if (rates === undefined && (arrival ?? burstiness) !== undefined)
    throw new UsageError("--arrival and --burstiness need --rates");
  if (rates !== undefined) {
    const how = {
      ...(arrival !== undefined && { arrival }),
      ...(burstiness !== undefined && { burstiness }),
    };
    return rates.map((rate) => ({ rate, ...how }));
  }
  if (levels !== undefined) return levels;
  if (sweep !== undefined) return { sweep: { max: sweep } };
  if (search === undefined) return null;
  return {
    search: {
      ...(search !== true && { max: search }),
      ...(within !== undefined && { withinS: within }),
    },
  };
}

function metricsUrlOf({ metrics }: JobFlags): { metricsUrl?: string | null } {
  if (metrics === undefined) return {};
  return { metricsUrl: metrics === false ? null : metrics };
}

function stopOf({ duration, requests }: JobFlags): Pick<JobRequest, "stop"> {
  if (duration === undefined && requests === undefined) return {};
  return {
    stop: {
      ...(duration !== undefined && { durationS: duration }),
      ...(requests !== undefined && { requests }),
    },
  };
}
