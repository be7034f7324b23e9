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
  /** The number of positions that a token looks at. It is infinite if every layer sees all of them. */
  attentionWindow: number;
  experts: Experts | null;
}

interface Attention {
  matrixParams: number;
  /** The weights of biases and norms. */
  vectorParams: number;
  /** The FLOPs of one layer for one token and one position: scores and weighted sum. */
  flopsPerPosition: number;
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
  /** The groups as the `compressed-tensors` format names them. */
  config_groups: z
    .record(
      z.string(),
      z.object({ input_activations: z.object({ num_bits: z.int(), type: z.string() }).nullish() }),
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
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
  quantization_config: Quantization.nullish(),
  // These fields describe experts.
  num_experts: Count.nullish(),
  num_local_experts: Count.nullish(),
  n_routed_experts: Count.nullish(),
  num_experts_per_tok: Count.nullish(),
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
  if (attention === null || experts === "contradicts") return null;
  return {
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    vocabulary: config.vocab_size,
    intermediate: config.intermediate_size,
    tied: config.tie_word_embeddings,
    dtype: dtypeOf(config),
    attention,
    attentionWindow: window !== null && WINDOWED.has(family) ? window : Infinity,
    experts,
  };
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
    vectorParams: biases + (family.startsWith("qwen3") ? 2 * dim : 0),
    flopsPerPosition: 4 * heads * dim,
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
  };
}

function expertsOf(config: Config, family: string): Experts | null | "contradicts" {
  const count = config.num_experts ?? config.num_local_experts ?? config.n_routed_experts ?? 0;
  if (count === 0) return null;
  const perToken = config.num_experts_per_tok ?? 0;
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
    // DeepSeek-V3 steers its router by one bias for each expert.
    vectorParams: config.topk_method === "noaux_tc" ? count : 0,
  };
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
