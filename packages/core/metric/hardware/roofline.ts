import { decodeBatch, meanContext } from "./mbu.ts";
import { kvBytes, stepBytes } from "./decode.ts";
import { type ModelDims, type ModelMemory, requestFlops } from "./flops.ts";

/** The GPUs that serve the model, together. */
export interface Machine {
  bandwidthGBps: number;
  peakTflops: number;
  /** It is null if it is not known. */
  memoryGB: number | null;
}

/** What each request asks, and how many are decoded at once. */
export interface Asked {
  inputTokens: number;
  outputTokens: number;
  outputTokensPerS: number;
  tpotMs: number;
  replicas: number;
}

/** What the model and the GPUs allow at most. Nothing of it is measured. */
export interface Roofline {
  batch: number;
  contextTokens: number;
  replicas: number;
  weightBytes: number;
  kvBytesPerRequest: number;
  /** The shortest time of a decode step with one request, and with the batch, ms. */
  floorMsAt1: number;
  floorMs: number;
  /** What the step of the batch waits for. */
  bound: "memory_bandwidth" | "compute";
  /** The most requests whose KV cache fits beside the weights. It is null if the memory is not known. */
  largestBatch: number | null;
  /** The output tokens/s of that batch. It is null likewise. */
  maxTokensPerS: number | null;
}

/** Engines leave the rest to activations. It is vLLM's default. */
export const MEMORY_SHARE = 0.9;

/**
 * The roofline of a workload (Williams, Waterman, Patterson 2009): a step takes the longer of reading its bytes at the
 * full bandwidth and computing its FLOPs at the dense peak. The largest batch fills 90 % of the memory with weights and
 * the KV cache of requests that are half answered. Its throughput is that of B requests, each with its prefill at the
 * peak and D − 1 steps of the whole batch. It is null without the model's config.
 */
export function roofline(dims: ModelDims, machine: Machine, asked: Asked): Roofline | null {
  const { memory } = dims;
  if (memory === null) return null;
  const { inputTokens, outputTokens, replicas } = asked;
  const contextTokens = meanContext(inputTokens, outputTokens);
  const kvBytesPerRequest = kvBytes(memory, contextTokens);
  const batch = Math.max(decodeBatch(asked.outputTokensPerS, asked.tpotMs), replicas);
  const stepAt = (size: number) => stepOf({ dims, memory, machine, asked }, size);
  const largestBatch = largest(memory, machine.memoryGB, kvBytesPerRequest, replicas);
  const step = stepAt(batch);
  return {
    batch,
    contextTokens,
    replicas,
    weightBytes: memory.weightBytes,
    kvBytesPerRequest,
    floorMsAt1: stepAt(replicas).ms,
    floorMs: step.ms,
    bound: step.bound,
    largestBatch,
    maxTokensPerS:
      largestBatch === null || largestBatch === 0
        ? null
        : throughput(largestBatch, {
            stepMs: stepAt(largestBatch).ms,
            prefillMs: msOf(requestFlops(dims, { ...tokensOf(asked), cached: 0 }).prefill, machine),
            outputTokens,
          }),
  };
}

const tokensOf = ({ inputTokens, outputTokens }: Asked) => ({ input: inputTokens, output: outputTokens });

const msOf = (flops: number, { peakTflops }: Machine): number => (1000 * flops) / (peakTflops * 1e12);

function stepOf(
  { dims, memory, machine, asked }: { dims: ModelDims; memory: ModelMemory; machine: Machine; asked: Asked },
  batch: number,
): { ms: number; bound: Roofline["bound"] } {
  const { inputTokens, outputTokens, replicas } = asked;
  const contextTokens = meanContext(inputTokens, outputTokens);
  const bytes = stepBytes(memory, { batch, contextTokens, replicas });
  const readMs = (1000 * bytes) / (machine.bandwidthGBps * 1e9);
  const { decode } = requestFlops(dims, { ...tokensOf(asked), cached: 0 });
  const halfway = Math.max(1, outputTokens / 2);
  const computeMs = msOf(batch * decode(halfway, halfway + 1), machine);
  return readMs >= computeMs
    ? { ms: readMs, bound: "memory_bandwidth" }
    : { ms: computeMs, bound: "compute" };
}

function largest(
  { weightBytes }: ModelMemory,
  memoryGB: number | null,
  kvBytesPerRequest: number,
  replicas: number,
): number | null {
  if (memoryGB === null) return null;
  const leftBytes = MEMORY_SHARE * memoryGB * 1e9 - replicas * weightBytes;
  return Math.max(0, Math.floor(leftBytes / kvBytesPerRequest));
}

const throughput = (
  batch: number,
  { stepMs, prefillMs, outputTokens }: { stepMs: number; prefillMs: number; outputTokens: number },
): number => (1000 * batch * outputTokens) / (stepMs * Math.max(0, outputTokens - 1) + batch * prefillMs);
