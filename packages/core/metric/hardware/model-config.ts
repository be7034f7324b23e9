import { z } from "zod";

/**
 * The fields of a Hugging Face config.json from which parameters and FLOPs follow, for the families below.
 */
export interface ModelConfig {
  hidden: number;
  layers: number;
  vocabulary: number;
  /** The inner width of the gated MLP of a dense layer. */
  intermediate: number;
  tied: boolean;
  dtype: string | null;
  attention: Attention;
  /** How many layers look at how many positions. A window is infinite where a layer sees all of them. */
  windows: { layers: number; window: number }[];
  experts: Experts | null;
  /** The bytes of a weight in memory. It is null where the config does not tell. */
  bytes: WeightBytes | null;
}

/** The bytes of a weight: of the experts' matrices, of the other matrices in layers, and of all else. */
export interface WeightBytes {
  experts: number;
  layers: number;
  rest: number;
}

interface Attention {
  matrixParams: number;
  /** The weights of biases and norms. */
  vectorParams: number;
  /** The FLOPs of one layer for one token and one position: scores and weighted sum. */
  flopsPerPosition: number;
  /** The numbers that the KV cache of one layer holds for one position. */
  cachedPerPosition: number;
}

interface Experts {
  /** The number of layers that have experts in place of the dense MLP. */
  layers: number;
  count: number;
  perToken: number;
  intermediate: number;
  /** The inner width of all experts together that every token goes through. */
  sharedIntermediate: number;
  /** Whether a learnt gate scales the shared part. */
  sharedGate: boolean;
  vectorParams: number;
}

const Size = z.int().min(1).max(1e9);
const Count = z.int().min(0).max(1e6);

const Quantization = z.object({
  quant_method: z.string().optional(),
  quant_algo: z.string().nullish(),
  bits: z.int().min(1).max(16).nullish(),
  group_size: z.int().nullish(),
  load_in_4bit: z.boolean().nullish(),
  load_in_8bit: z.boolean().nullish(),
  /** The groups as the `compressed-tensors` format names them. */
  config_groups: z
    .record(
      z.string(),
      z.object({
        weights: z.object({ num_bits: z.int().min(1).max(16), group_size: z.int().nullish() }).nullish(),
        input_activations: z.object({ num_bits: z.int(), type: z.string() }).nullish(),
      }),
    )
    .catch({}),
});

const Config = z.object({
  model_type: z.string().optional(),
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Size.nullish(),
  head_dim: Size.nullish(),
  intermediate_size: Size,
  vocab_size: Size,
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.literal(false).optional(),
  sliding_window: Size.nullish(),
  use_sliding_window: z.boolean().optional(),
  layer_types: z.array(z.string()).nullish(),
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
  quantization_config: Quantization.nullish(),
  // These fields describe experts.
  num_experts: Count.nullish(),
  num_local_experts: Count.nullish(),
  n_routed_experts: Count.nullish(),
  num_experts_per_tok: Count.nullish(),
  experts_per_token: Count.nullish(),
  moe_intermediate_size: Size.nullish(),
  n_shared_experts: Count.nullish(),
  shared_expert_intermediate_size: Size.nullish(),
  first_k_dense_replace: Count.nullish(),
  moe_layer_freq: z.literal(1).nullish(),
  decoder_sparse_step: z.literal(1).nullish(),
  mlp_only_layers: z.array(z.int()).nullish(),
  topk_method: z.string().nullish(),
  // These fields describe multi-head latent attention.
  kv_lora_rank: Size.nullish(),
  q_lora_rank: Size.nullish(),
  qk_nope_head_dim: Size.nullish(),
  qk_rope_head_dim: Size.nullish(),
  v_head_dim: Size.nullish(),
});
type Config = z.infer<typeof Config>;

/**
 * The families whose layers are counted here. One that is not listed could differ in norms, biases or
 * attention, so it is unknown.
 */
const FAMILIES = new Set([
  "llama",
  "mistral",
  "mixtral",
  "phi3",
  "qwen2",
  "qwen2_moe",
  "qwen3",
  "qwen3_moe",
  "deepseek_v2",
  "deepseek_v3",
  "kimi_k2",
  "gpt_oss",
]);
/** In these families every layer looks through the window. In others it may be some layers only. */
const WINDOWED = new Set(["mistral", "mixtral"]);

/**
 * Reads a config.json. It gives null if the config is not of one of the families, or lacks or contradicts
 * what they need. A config without a family is read as Llama's.
 */
export function modelConfig(json: Record<string, unknown>): ModelConfig | null {
  const parsed = Config.safeParse(json);
  if (!parsed.success) return null;
  const config = parsed.data;
  const family = config.model_type ?? "llama";
  if (!FAMILIES.has(family)) return null;
  const window = config.use_sliding_window === false ? null : (config.sliding_window ?? null);
  if (window !== null && config.use_sliding_window === true && !WINDOWED.has(family)) return null;
  const attention = attentionOf(config, family);
  const experts = expertsOf(config, family);
  const windows = windowsOf(config, family, window);
  if (attention === null || experts === "contradicts" || windows === null) return null;
  return {
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    vocabulary: config.vocab_size,
    intermediate: config.intermediate_size,
    tied: config.tie_word_embeddings,
    dtype: dtypeOf(config),
    attention,
    windows,
    experts,
    bytes: bytesOf(config),
  };
}

/** It is null if the layers that the config lists are not those that it has. */
function windowsOf(config: Config, family: string, window: number | null): ModelConfig["windows"] | null {
  const layers = config.num_hidden_layers;
  if (window === null) return [{ layers, window: Infinity }];
  if (family !== "gpt_oss") return [{ layers, window: WINDOWED.has(family) ? window : Infinity }];
  // Its layers take turns, a windowed one first.
  const types =
    config.layer_types ??
    Array.from({ length: layers }, (_, layer) => (layer % 2 === 0 ? "sliding_attention" : "full_attention"));
  const windowed = types.filter((type) => type === "sliding_attention").length;
  const free = types.filter((type) => type === "full_attention").length;
  return windowed + free === layers
    ? [
        { layers: windowed, window },
        { layers: free, window: Infinity },
      ]
    : null;
}

function attentionOf(config: Config, family: string): Attention | null {
  const { hidden_size: hidden, num_attention_heads: heads } = config;
  if (config.kv_lora_rank != null) return latentAttentionOf(config, config.kv_lora_rank);
  const keyHeads = config.num_key_value_heads ?? heads;
  const dim = config.head_dim ?? hidden / heads;
  if (!Number.isInteger(dim)) return null;
  const bias = config.attention_bias || family === "qwen2" || family === "qwen2_moe";
  // Qwen has biases on queries, keys and values, and `attention_bias` adds one on the output.
  const biases = bias ? (heads + 2 * keyHeads) * dim + (config.attention_bias ? hidden : 0) : 0;
  return {
    matrixParams: 2 * hidden * (heads + keyHeads) * dim,
    // Qwen3 has norms of queries and keys, and gpt-oss a sink for each head.
    vectorParams: biases + (family.startsWith("qwen3") ? 2 * dim : 0) + (family === "gpt_oss" ? heads : 0),
    flopsPerPosition: 4 * heads * dim,
    cachedPerPosition: 2 * keyHeads * dim,
  };
}

/**
 * Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434 §2.1), in which queries, keys and values go
 * through low ranks.
 */
function latentAttentionOf(config: Config, rank: number): Attention | null {
  const {
    hidden_size: hidden,
    num_attention_heads: heads,
    qk_nope_head_dim: plain,
    qk_rope_head_dim: rotary,
    v_head_dim: value,
  } = config;
  if (plain == null || rotary == null || value == null) return null;
  const queryRank = config.q_lora_rank ?? 0;
  const queries = heads * (plain + rotary);
  const queryParams = queryRank > 0 ? hidden * queryRank + queryRank * queries : hidden * queries;
  return {
    matrixParams:
      queryParams + hidden * (rank + rotary) + rank * heads * (plain + value) + heads * value * hidden,
    vectorParams: queryRank + rank,
    flopsPerPosition: 2 * heads * (plain + rotary + value),
    cachedPerPosition: rank + rotary,
  };
}

function expertsOf(config: Config, family: string): Experts | null | "contradicts" {
  const count = config.num_experts ?? config.num_local_experts ?? config.n_routed_experts ?? 0;
  if (count === 0) return null;
  const perToken = config.num_experts_per_tok ?? config.experts_per_token ?? 0;
  const layers =
    config.num_hidden_layers - (config.first_k_dense_replace ?? 0) - (config.mlp_only_layers?.length ?? 0);
  if (perToken < 1 || perToken > count || layers < 0) return "contradicts";
  const intermediate = config.moe_intermediate_size ?? config.intermediate_size;
  const gated = family === "qwen2_moe";
  return {
    layers,
    count,
    perToken,
    intermediate,
    sharedIntermediate: gated
      ? (config.shared_expert_intermediate_size ?? 0)
      : (config.n_shared_experts ?? 0) * intermediate,
    sharedGate: gated,
    vectorParams: expertVectors(config, family, { count, intermediate }),
  };
}

/** The biases of a layer's experts and of their router. */
function expertVectors(
  { topk_method, hidden_size: hidden }: Config,
  family: string,
  { count, intermediate }: { count: number; intermediate: number },
): number {
  if (family === "gpt_oss") return count * (1 + 2 * intermediate + hidden);
  // DeepSeek-V3 steers its router by one bias for each expert.
  return topk_method === "noaux_tc" ? count : 0;
}

const DTYPE_BYTES = new Map(
  Object.entries({ float32: 4, float16: 2, bfloat16: 2, float8_e4m3fn: 1, float8_e5m2: 1 }),
);
/** A scale of 16 bits for each group of weights, and a zero point where the method has one. */
const groupedBytes = (bits: number, groupSize: number, zeroBits: number): number =>
  (bits + (groupSize > 0 ? (16 + zeroBits) / groupSize : 0)) / 8;
/** MXFP4 has a scale of 8 bits for each 32 weights (OCP Microscaling v1.0), NVFP4 one for each 16. */
const MXFP4_BYTES = (4 + 8 / 32) / 8;
const NVFP4_BYTES = (4 + 8 / 16) / 8;
const USUAL_GROUP = 128;

/**
 * Quantisation leaves the vocabulary's matrices and the norms in 16 bits. It is null for a method that is not known,
 * and without one if no dtype is stated.
 */
function bytesOf(config: Config): WeightBytes | null {
  const quantization = config.quantization_config;
  const stored = DTYPE_BYTES.get(config.torch_dtype ?? config.dtype ?? "");
  if (quantization == null)
    return stored === undefined ? null : { experts: stored, layers: stored, rest: stored };
  const rest = stored ?? 2;
  // gpt-oss quantises its experts alone.
  if (quantization.quant_method === "mxfp4") return { experts: MXFP4_BYTES, layers: rest, rest };
  const quantised = quantisedBytes(quantization);
  return quantised === null ? null : { experts: quantised, layers: quantised, rest };
}

function quantisedBytes(quantization: z.infer<typeof Quantization>): number | null {
  const { quant_method: method, quant_algo: algorithm, bits, group_size: groupSize } = quantization;
  if (method === "fp8" || method === "fbgemm_fp8" || algorithm === "FP8") return 1;
  if (algorithm === "NVFP4") return NVFP4_BYTES;
  if ((method === "awq" || method === "gptq") && bits != null)
    return groupedBytes(bits, groupSize ?? USUAL_GROUP, bits);
  if (quantization.load_in_8bit === true) return 1;
  if (quantization.load_in_4bit === true) return groupedBytes(4, 64, 0);
  const weights = Object.values(quantization.config_groups)[0]?.weights;
  return weights == null ? null : groupedBytes(weights.num_bits, weights.group_size ?? 0, 0);
}

/**
 * The dtype of the matrix products. It is that of the activations if they are quantised, and that of the
 * weights before quantisation if not.
 */
function dtypeOf(config: Config): string | null {
  const stored = config.torch_dtype ?? config.dtype ?? null;
  const quantization = config.quantization_config;
  if (quantization == null) return stored;
  if (quantization.quant_method === "fp8" || quantization.quant_method === "fbgemm_fp8") return "fp8";
  if (quantization.quant_algo === "FP8") return "fp8";
  if (quantization.quant_algo === "NVFP4") return "fp4";
  const input = Object.values(quantization.config_groups)[0]?.input_activations;
  if (input == null) return stored;
  return `${input.type === "float" ? "fp" : "int"}${input.num_bits}`;
}
