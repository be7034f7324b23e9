import { type ComputeDtype, type GpuFacts, GPUS } from "./gpu-table.ts";

export type { GpuFacts } from "./gpu-table.ts";

const BY_NAME = new Map(GPUS.flatMap((gpu) => gpu.names.map((name) => [name, gpu] as const)));

/**
 * What is known about a GPU by the exact name that its driver gives. An unknown name gives null, never the
 * facts of a similar part.
 */
export const gpuFacts = (name: string): GpuFacts | null => BY_NAME.get(name) ?? null;

const DTYPES = new Map<string, ComputeDtype>(
  Object.entries({
    fp16: "fp16",
    float16: "fp16",
    half: "fp16",
    bf16: "bf16",
    bfloat16: "bf16",
    fp8: "fp8",
    float8: "fp8",
    float8_e4m3fn: "fp8",
    float8_e5m2: "fp8",
    int8: "int8",
    fp4: "fp4",
    nvfp4: "fp4",
    mxfp4: "fp4",
  }),
);

/**
 * The dense peak of one GPU in TFLOPS for the dtype in which it computes. For weights-only quantisation that
 * is not the dtype of the weights. Without a dtype it is the bf16 peak, or the fp16 peak if there is no bf16.
 * It is null if the GPU, the dtype or its peak is not known.
 */
export function peakTflops(name: string, dtype: string | null): number | null {
  const peaks = gpuFacts(name)?.denseTflops;
  if (peaks === undefined) return null;
  if (dtype === null) return peaks.bf16 ?? peaks.fp16;
  const known = DTYPES.get(dtype.toLowerCase());
  return known === undefined ? null : peaks[known];
}
