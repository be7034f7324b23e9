import type { Model } from "../job/spec.ts";
import { type ModelConfig, modelConfig } from "./model-config.ts";

/** What counting a model's work takes. Parameters are pieces, FLOPs follow from them. */
export interface ModelDims {
  params: number;
  /** Parameters that one token touches: fewer than `params` in a mixture of experts. */
  activeParams: number;
  /** The dtype it computes in, as its config or the caller names it. */
  dtype: string | null;
  source: "config" | "stated";
  /** Only the 2·N term is known: no attention, no vocabulary matrix apart. */
  estimated: boolean;
  /** Weights of the layers' matrices that every processed token is multiplied with. */
  layerMatmulParams: number;
  /** Weights of the output vocabulary matrix. */
  lmHeadParams: number;
  /** FLOPs of attention for one token and one position it looks at. */
  attentionFlops: number;
  /** A token looks at no more positions than this. */
  attentionWindow: number;
}

/** The dims of a model from its config.json, or from its number of parameters (`estimated`). Null for a config that is not understood. */
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
    attentionFlops: 0,
    attentionWindow: Infinity,
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
  // Norms, biases and gates' corrections are held, but are no matrix that a token is multiplied with.
  const vectors =
    layers * (2 * hidden + attention.vectorParams) + expertLayers * (experts?.vectorParams ?? 0) + hidden;
  const always =
    layers * attention.matrixParams + (layers - expertLayers) * denseMlp + expertLayers * (router + shared);
  const vocabulary = config.vocabulary * hidden;
  const held = always + vectors + (config.tied ? 1 : 2) * vocabulary;
  const activeExperts = expertLayers * (experts?.perToken ?? 0) * expert;
  return {
    params: held + expertLayers * (experts?.count ?? 0) * expert,
    activeParams: held + activeExperts,
    dtype: config.dtype,
    source: "config",
    estimated: false,
    layerMatmulParams: always + activeExperts,
    lmHeadParams: vocabulary,
    attentionFlops: layers * attention.flopsPerPosition,
    attentionWindow: config.attentionWindow,
  };
}

/** The work of one request, in FLOPs. */
export interface RequestFlops {
  prefill: number;
  /** Of output tokens `from` + 1 … `to`, which may be fractions; the first comes from the prefill and costs nothing more. */
  decodeSteps: (from: number, to: number) => number;
  total: number;
}

/**
 * prefill = 2·layers·(P − cached) + 2·lm_head + attention·Σ contexts; a decode step = 2·(layers + lm_head) + attention·context. The
 * prefill needs the vocabulary matrix only for its last token. Causal: token k of the prompt looks at k positions, so P tokens look
 * at P(P + 1)/2; output token t ≥ 2 looks at P + t − 1. Cached prompt tokens are not computed, but looked at.
 */
export function requestFlops(
  dims: ModelDims,
  tokens: { input: number; output: number; cached: number },
): RequestFlops {
  const cached = Math.min(Math.max(tokens.cached, 0), tokens.input);
  const contexts = (to: number): number => {
    const free = Math.min(to, dims.attentionWindow);
    return (free * (free + 1)) / 2 + (to > free ? (to - free) * dims.attentionWindow : 0);
  };
  const attention = (from: number, to: number): number =>
    dims.attentionFlops * (contexts(to) - contexts(from));
  const prefill =
    2 * dims.layerMatmulParams * (tokens.input - cached) +
    2 * dims.lmHeadParams +
    attention(cached, tokens.input);
  const decodeSteps = (from: number, to: number): number => {
    const first = Math.max(from, 1);
    if (to <= first) return 0;
    return (
      2 * (dims.layerMatmulParams + dims.lmHeadParams) * (to - first) +
      attention(tokens.input + first - 1, tokens.input + to - 1)
    );
  };
  return { prefill, decodeSteps, total: prefill + decodeSteps(0, tokens.output) };
}
