import { type ModelDims, modelDims } from "../metric/hardware/flops.ts";
import { gpuFacts, peakTflops } from "../metric/hardware/gpu.ts";
import { type GpuTelemetry, gpuTelemetry } from "../record/telemetry/gpu-sample.ts";
import type { Series } from "../record/telemetry/telemetry.ts";
import type { AggregateInput } from "./input.ts";
import type { Report } from "./schema.ts";

/** What is known about the hardware. */
export interface Hardware {
  dims: ModelDims | null;
  /** Σ of the dense peaks of all GPUs for the compute dtype. */
  peakTflops: number | null;
  /** Σ of the memory bandwidths and of the memories of all GPUs, by the table. They are null if one is not known. */
  bandwidthGBps: number | null;
  memoryGB: number | null;
  /** What an hour of all GPUs costs. */
  usdPerHour: number | null;
  /** It is null without agents. */
  telemetry: GpuTelemetry | null;
  /** The samples of the GPU's host. It is null where no agent took any. */
  host: Series | null;
  idle: AggregateInput["idle"];
}

/**
 * The GPUs that ran the endpoint: those that an agent saw, or those that the caller stated if none did. Their
 * peaks come from the caller, or from the table if the caller stated none.
 */
export function hardwareOf(input: AggregateInput): Hardware {
  const { spec, idle } = input;
  const telemetry = input.telemetry === null ? null : gpuTelemetry(input.telemetry);
  const dims = spec.model === undefined ? null : modelDims(spec.model);
  const names = gpuNames(spec, telemetry);
  const peaks = names.map((name) => peakOf(name, spec, dims?.dtype ?? null));
  const facts = names.map((name) => (name === null ? null : gpuFacts(name)));
  return {
    dims,
    peakTflops: sumOf(peaks),
    bandwidthGBps: sumOf(facts.map((gpu) => gpu?.memoryGBps ?? null)),
    memoryGB: sumOf(facts.map((gpu) => gpu?.memoryGB ?? null)),
    usdPerHour:
      names.length === 0 ? (spec.gpu?.usdPerHour ?? null) : sumOf(names.map((name) => priceOf(name, spec))),
    telemetry,
    host: input.telemetry?.series.host ?? null,
    idle,
  };
}

/** It is null if one is, and without any. */
const sumOf = (values: (number | null)[]): number | null =>
  values.length === 0 || values.includes(null)
    ? null
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);

/** What a report calls a GPU that was counted but not named. */
export const UNNAMED_GPU = "unknown";

type Telemetry = Hardware["telemetry"];
type Spec = AggregateInput["spec"];

/** One name for each GPU. It is null for a GPU that was counted but not named. */
function gpuNames(spec: Spec, telemetry: Telemetry): (string | null)[] {
  if (telemetry !== null && telemetry.gpus.length > 0) return telemetry.gpus.map((gpu) => gpu.name);
  if (spec.gpu === undefined) return [];
  return Array.from({ length: spec.gpu.count ?? 1 }, () => spec.gpu?.name ?? null);
}

function peakOf(name: string | null, spec: Spec, dtype: string | null): number | null {
  return spec.gpu?.peakTflops ?? (name === null ? null : peakTflops(name, dtype));
}

/** $ an hour of one GPU: as stated, or by the caller's own list. */
function priceOf(name: string | null, { gpu }: Spec): number | null {
  const prices = new Map(Object.entries(gpu?.prices ?? {}));
  return gpu?.usdPerHour ?? (name === null ? null : (prices.get(name) ?? null));
}

/** The GPUs as a report lists them. A stated one has no uuid of its own. */
export function gpusOf(spec: Spec, { telemetry, dims }: Hardware): Report["gpus"] {
  const seen = telemetry?.gpus ?? [];
  return gpuNames(spec, telemetry).map((name, i) => ({
    uuid: seen[i]?.uuid ?? `stated-${i}`,
    name: name ?? UNNAMED_GPU,
    peakTflops: peakOf(name, spec, dims?.dtype ?? null),
    bandwidthGBps: name === null ? null : (gpuFacts(name)?.memoryGBps ?? null),
    powerLimitW: seen[i]?.limitW ?? null,
    usdPerHour: priceOf(name, spec),
  }));
}
