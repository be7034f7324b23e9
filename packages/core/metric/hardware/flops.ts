import type { Model } from "../../job/spec/spec.ts";
import { type ModelConfig, modelConfig } from "./model-config.ts";

/**
 * The sizes from which a model's work is counted. Parameters are numbers of weights, and FLOPs follow from
 * them.
 */
export interface ModelDims {
  params: number;
  /** The parameters that one token touches. They are fewer than `params` in a mixture of experts. */
  activeParams: number;
  /** The dtype in which the model computes, as its config or the caller names it. */
  dtype: string | null;
  source: "config" | "stated";
  /** Whether only the 2·N term is known, without attention and without a vocabulary matrix of its own. */
  estimated: boolean;
  /** The weights of the layers' matrices, which every processed token is multiplied with. */
  layerMatmulParams: number;
  /** The weights of the output vocabulary matrix. */
  lmHeadParams: number;
  /**
   * What layers of one kind do together: the FLOPs of attention for one token and one position that it looks at, and
   * the largest number of positions that it looks at.
   */
  attention: { flops: number; window: number }[];
  /** What its weights and its KV cache take in memory. It is null unless its config tells. */
  memory: ModelMemory | null;
}

/** Bytes of a model in the GPUs' memory. */
export interface ModelMemory {
  /** All weights. */
  weightBytes: number;
  /** What every forward pass reads of them, whatever the batch: all but the experts and the rows of the vocabulary. */
  stepBytes: number;
  /** The weights of all experts in all layers, of which a token goes through `perToken` of `count`. */
  experts: { bytes: number; count: number; perToken: number } | null;
  /** What the KV cache takes for a token, in layers of one kind. A layer keeps no more tokens than its window. */
  kv: { bytesPerToken: number; window: number }[];
}

/** The KV cache holds numbers of 16 bits unless the server is told otherwise. */
const KV_BYTES = 2;

/**
 * The dims of a model from its config.json, or from its number of parameters (`estimated`). They are null for
 * a config that is not understood.
 */
export function modelDims(model: Model): ModelDims | null {
  if ("config" in model) {
    const config = modelConfig(model.config);
    return config === null ? null : dimsOf(config);
  }
  const activeParams = model.activeParams ?? model.params;
  return {
    params: model.params,
    activeParams,
    dtype: model.dtype ?? null,
    source: "stated",
    estimated: true,
    layerMatmulParams: activeParams,
    lmHeadParams: 0,
    attention: [],
    memory: null,
  };
}

function dimsOf(config: ModelConfig): ModelDims {
  const { hidden, layers, experts, attention } = config;
  const denseMlp = 3 * hidden * config.intermediate;
  const expert = 3 * hidden * (experts?.intermediate ?? 0);
  const expertLayers = experts?.layers ?? 0;
  const router = (experts?.count ?? 0) * hidden;
  const shared =
    3 * hidden * (experts?.sharedIntermediate ?? 0) + (experts?.sharedGate === true ? hidden : 0);
  // Norms, biases and corrections of gates are held, but no token is multiplied with them as a matrix.
  const vectors =
    layers * (2 * hidden + attention.vectorParams) + expertLayers * (experts?.vectorParams ?? 0) + hidden;
  const always =
    layers * attention.matrixParams + (layers - expertLayers) * denseMlp + expertLayers * (router + shared);
  const vocabulary = config.vocabulary * hidden;
  const held = always + vectors + (config.tied ? 1 : 2) * vocabulary;
  const activeExperts = expertLayers * (experts?.perToken ?? 0) * expert;
  const allExperts = expertLayers * (experts?.count ?? 0) * expert;
  return {
    params: held + allExperts,
    activeParams: held + activeExperts,
    dtype: config.dtype,
    source: "config",
    estimated: false,
    layerMatmulParams: always + activeExperts,
    lmHeadParams: vocabulary,
    attention: config.windows.map(({ layers: some, window }) => ({
      flops: some * attention.flopsPerPosition,
      window,
    })),
    memory:
      config.bytes === null
        ? null
        : {
            weightBytes:
              config.bytes.rest * (vectors + (config.tied ? 1 : 2) * vocabulary) +
              config.bytes.layers * always +
              config.bytes.experts * allExperts,
            stepBytes: config.bytes.rest * (vectors + vocabulary) + config.bytes.layers * always,
            experts:
              experts === null
                ? null
                : {
                    bytes: config.bytes.experts * allExperts,
                    count: experts.count,
                    perToken: experts.perToken,
                  },
            kv: config.windows.map(({ layers: some, window }) => ({
              bytesPerToken: some * attention.cachedPerPosition * KV_BYTES,
              window,
            })),
          },
  };
}

/** The work of one request, in FLOPs. */
export interface RequestFlops {
  prefill: number;
  /**
   * The FLOPs of output tokens `from` + 1 … `to`, which may be fractions. The first comes from the prefill
   * and costs nothing more.
   */
  decode: (from: number, to: number) => number;
  total: number;
}

/**
 * prefill = 2·layers·(P − cached) + 2·lm_head + attention·Σ contexts. The forward pass of one output token =
 * 2·(layers + lm_head) + attention·context.
 *
 * The prefill needs the vocabulary matrix only for its last token. Attention is causal: token k of the prompt
 * looks at k positions, so P tokens look at P(P + 1)/2, and output token t ≥ 2 looks at P + t − 1. Cached
 * prompt tokens are looked at but not computed.
 */
export function requestFlops(
  dims: ModelDims,
  tokens: { input: number; output: number; cached: number },
): RequestFlops {
  const cached = Math.min(Math.max(tokens.cached, 0), tokens.input);
  const contexts = (to: number, window: number): number => {
    const free = Math.min(to, window);
    return (free * (free + 1)) / 2 + (to > free ? (to - free) * window : 0);
  };
  const attention = (from: number, to: number): number =>
    dims.attention.reduce(
      (sum, { flops, window }) => sum + flops * (contexts(to, window) - contexts(from, window)),
      0,
    );
  const prefill =
    2 * dims.layerMatmulParams * (tokens.input - cached) +
    2 * dims.lmHeadParams +
    attention(cached, tokens.input);
  const decode = (from: number, to: number): number => {
    const first = Math.max(from, 1);
    if (to <= first) return 0;
    return (
      2 * (dims.layerMatmulParams + dims.lmHeadParams) * (to - first) +
      attention(tokens.input + first - 1, tokens.input + to - 1)
    );
  };
  return { prefill, decode, total: prefill + decode(0, tokens.output) };
}
