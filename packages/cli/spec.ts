import type { JobRequest, Prices } from "@brimline/core/job/spec/spec";
import type { BenchFlags } from "./arguments/bench.ts";
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
  prices: Prices | null;
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

/** How long `--wait` waits where it says no time, s. */
const WAIT_S = 600;

export const waitOf = ({ wait }: Pick<BenchFlags, "wait">): { waitS?: number } =>
  wait === undefined ? {} : { waitS: wait === true ? WAIT_S : wait };

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
    ...levelsOf(flags, base),
    workload,
    ...(flags.name !== undefined && { name: flags.name }),
    ...stopOf(flags),
    ...(flags.warmup === 0 && { warmup: false as const }),
    ...(flags.ramp !== undefined && { rampS: flags.ramp }),
    ...(flags.idle !== undefined && { idleS: flags.idle }),
    ...waitOf(flags),
    ...(flags.repeats !== undefined && { repeats: flags.repeats }),
    ...precisionOf(flags, base),
    ...(flags.slo !== undefined && { slo: flags.slo }),
    ...gpuOf(flags, files),
    ...(flags.tag !== undefined && { tags: flags.tag }),
    ...(flags.baseline !== undefined && { baseline: flags.baseline }),
    ...(flags.visibility !== undefined && { visibility: flags.visibility }),
  };
  if (files.modelConfig !== null) request.model = { config: files.modelConfig as Record<string, never> };
  return request;
}

/** Without levels of either the service searches for the capacity. */
function levelsOf(flags: JobFlags, base: Partial<JobRequest>): Pick<JobRequest, "levels"> {
  const { levels, rates, sweep, search, within, arrival, burstiness } = flags;
  const listed = rates === true ? undefined : rates;
  const named = [levels, listed, sweep].filter((each) => each !== undefined);
  if (named.length > 1 || (named.length === 1 && search !== undefined))
    throw new UsageError("give one of --levels, --rates, --sweep and --search");
  if (rates === true && named.length === 1)
    throw new UsageError("--rates without a list searches: leave out --levels and --sweep");
  if (within !== undefined && named.length === 1 && (flags.precision ?? base.precision) === undefined)
    throw new UsageError(
      "--within bounds a search, or each level of --precision: leave out --levels, --sweep and a list of --rates, or add --precision",
    );
  const how = { ...(arrival !== undefined && { arrival }), ...(burstiness !== undefined && { burstiness }) };
  if (rates === undefined && Object.keys(how).length > 0)
    throw new UsageError("--arrival and --burstiness need --rates");
  if (listed !== undefined) return { levels: listed.map((rate) => ({ rate, ...how })) };
  if (levels !== undefined) return { levels };
  if (sweep !== undefined) return { levels: { sweep: { max: sweep } } };
  const bounds = (flags.precision ?? base.precision) === undefined ? within : undefined;
  if ((rates ?? search ?? bounds) === undefined && base.levels !== undefined) return { levels: base.levels };
  refuseStops(flags);
  return {
    levels: {
      search: {
        ...(rates === true && { of: "rate" as const, ...how }),
        ...(typeof search === "number" && { max: search }),
        ...(within !== undefined && { withinS: within }),
      },
    },
  };
}

/** With it `--within` bounds each level. */
function precisionOf(
  { precision, within }: JobFlags,
  { precision: based }: Partial<JobRequest>,
): Pick<JobRequest, "precision"> {
  const percent = precision ?? based?.percent;
  if (percent === undefined) return {};
  return { precision: { ...based, percent, ...(within !== undefined && { withinS: within }) } };
}

/** A search sets these itself, and the flag's name is what the caller knows. */
function refuseStops({ duration, requests, repeats, precision }: JobFlags): void {
  const given = Object.entries({ duration, requests, repeats, precision }).find(
    ([, value]) => value !== undefined,
  );
  if (given === undefined) return;
  throw new UsageError(
    `--${given[0]} is of levels that you name (--levels, --rates, --sweep); a search sets it itself, and --within bounds it`,
  );
}

/** A price that is stated counts before a list of them. */
function gpuOf({ price }: JobFlags, { base, prices }: JobFiles): Pick<JobRequest, "gpu"> {
  if (price === undefined && prices === null) return {};
  return {
    gpu: {
      ...base.gpu,
      ...(price !== undefined && { usdPerHour: price }),
      ...(prices !== null && { prices }),
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
