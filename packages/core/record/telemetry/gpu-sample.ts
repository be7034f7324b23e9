import type { GpuColumn } from "./gpu-columns.ts";
import type { Identity } from "./sample.ts";
import type { Sample, Telemetry } from "./telemetry.ts";

/** A GPU that was sampled, as its identity says. */
export interface SampledGpu {
  index: number;
  uuid: string;
  name: string;
  driver: string;
  limitW: number | null;
}

export function sampledGpu({ index, id, name, facts: { driver, limitW } }: Identity): SampledGpu {
  return {
    index,
    uuid: id,
    name,
    driver: typeof driver === "string" ? driver : "",
    limitW: typeof limitW === "number" ? limitW : null,
  };
}

/** One reading of one GPU; `gpu` is its place in `GpuTelemetry.gpus`. */
export interface GpuSample extends Record<Exclude<GpuColumn, "powerMeanMs">, number | null> {
  unixMs: number;
  gpu: number;
  /** It is absent if `powerW` is an instant reading. */
  powerMeanMs?: number;
}

export interface GpuTelemetry {
  gpus: SampledGpu[];
  /** They are ordered by time, then by GPU. Each reading is there once. */
  samples: GpuSample[];
  /** The bound of the worst clock, ms. It is null if one is not known, or if there is no sample. */
  clockErrorMs: number | null;
}

/** What the telemetry of a job says of GPUs. */
export function gpuTelemetry({ series: { gpu } }: Telemetry): GpuTelemetry {
  if (gpu === undefined) return { gpus: [], samples: [], clockErrorMs: null };
  return {
    gpus: gpu.identities.map(sampledGpu),
    samples: gpu.samples.map(gpuSample),
    clockErrorMs: gpu.clockErrorMs,
  };
}

function gpuSample({ unixMs, identity, values }: Sample): GpuSample {
  const { powerMeanMs } = values;
  return {
    unixMs,
    gpu: identity,
    powerW: values["powerW"] ?? null,
    energyJ: values["energyJ"] ?? null,
    utilPercent: values["utilPercent"] ?? null,
    memoryMiB: values["memoryMiB"] ?? null,
    smMHz: values["smMHz"] ?? null,
    memMHz: values["memMHz"] ?? null,
    tempC: values["tempC"] ?? null,
    throttle: values["throttle"] ?? null,
    ...(powerMeanMs != null && powerMeanMs > 0 && { powerMeanMs }),
  };
}
