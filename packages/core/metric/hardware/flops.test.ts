import { GPT_OSS_20B, LLAMA_8B } from "@brimline/testkit/model-configs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelDims, requestFlops } from "./flops.ts";

const MISTRAL_7B = { ...LLAMA_8B, model_type: "mistral", vocab_size: 32768 };
const DEEPSEEK_V3 = {
  model_type: "deepseek_v3",
  hidden_size: 7168,
  num_hidden_layers: 61,
  num_attention_heads: 128,
  num_key_value_heads: 128,
  intermediate_size: 18432,
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  first_k_dense_replace: 3,
  moe_layer_freq: 1,
  topk_method: "noaux_tc",
  kv_lora_rank: 512,
  q_lora_rank: 1536,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  vocab_size: 129280,
  torch_dtype: "bfloat16",
  quantization_config: { quant_method: "fp8", fmt: "e4m3", weight_block_size: [128, 128] },
};

describe("parameters follow from config.json", () => {
  test.each([
    ["Llama-3.1-8B", { model_type: "llama", ...LLAMA_8B }, 8_030_261_248],
    ["Mistral-7B-v0.3", MISTRAL_7B, 7_248_023_552],
    [
      "Llama-3.1-70B",
      {
        ...LLAMA_8B,
        hidden_size: 8192,
        num_hidden_layers: 80,
        num_attention_heads: 64,
        intermediate_size: 28672,
      },
      70_553_706_496,
    ],
    [
      "Qwen2.5-7B, with biases",
      {
        model_type: "qwen2",
        hidden_size: 3584,
        num_hidden_layers: 28,
        num_attention_heads: 28,
        num_key_value_heads: 4,
        intermediate_size: 18944,
        vocab_size: 152064,
        sliding_window: 131072,
        use_sliding_window: false,
      },
      7_615_616_512,
    ],
    [
      "Llama-3.2-1B, whose vocabulary matrices are one",
      {
        ...LLAMA_8B,
        hidden_size: 2048,
        num_hidden_layers: 16,
        head_dim: 64,
        intermediate_size: 8192,
        tie_word_embeddings: true,
      },
      1_235_814_400,
    ],
    [
      "Mixtral-8x7B",
      {
        ...MISTRAL_7B,
        model_type: "mixtral",
        vocab_size: 32000,
        num_local_experts: 8,
        num_experts_per_tok: 2,
      },
      46_702_792_704,
    ],
    [
      "Qwen3-30B-A3B, with norms of queries and keys",
      {
        model_type: "qwen3_moe",
        hidden_size: 2048,
        num_hidden_layers: 48,
        num_attention_heads: 32,
        num_key_value_heads: 4,
        head_dim: 128,
        intermediate_size: 6144,
        moe_intermediate_size: 768,
        vocab_size: 151936,
        num_experts: 128,
        num_experts_per_tok: 8,
        decoder_sparse_step: 1,
        mlp_only_layers: [],
      },
      30_532_122_624,
    ],
    [
      "Qwen1.5-MoE-A2.7B, with a gated shared expert",
      {
        model_type: "qwen2_moe",
        hidden_size: 2048,
        num_hidden_layers: 24,
        num_attention_heads: 16,
        num_key_value_heads: 16,
        intermediate_size: 5632,
        moe_intermediate_size: 1408,
        shared_expert_intermediate_size: 5632,
        vocab_size: 151936,
        num_experts: 60,
        num_experts_per_tok: 4,
      },
      14_315_784_192,
    ],
  ])("%s", (_, config, params) => expect(modelDims({ config })?.params).toBe(params));

  test("DeepSeek-V3 has 671.03 billion and touches 37.5 of them for a token", () => {
    const dims = modelDims({ config: DEEPSEEK_V3 });
    expect(dims?.params).toBe(671_026_419_200);
    expect((dims?.activeParams ?? 0) / 1e9).toBeCloseTo(37.55, 1);
    expect(dims?.attention).toEqual([{ flops: 61 * 2 * 128 * (128 + 64 + 128), window: Infinity }]);
    expect(dims?.dtype).toBe("fp8");
  });

  test("gpt-oss-20b has 20.91 billion, touches 3.6 without its embeddings, and looks through a window in every second layer", () => {
    const dims = modelDims({ config: GPT_OSS_20B });
    expect(dims?.params).toBe(20_914_757_184);
    const embeddings = 201_088 * 2880;
    expect(((dims?.activeParams ?? 0) - embeddings) / 1e9).toBeCloseTo(3.61, 2);
    expect(dims?.attention).toEqual([
      { flops: 12 * 4 * 64 * 64, window: 128 },
      { flops: 12 * 4 * 64 * 64, window: Infinity },
    ]);
    const { layer_types: _, ...unlisted } = GPT_OSS_20B;
    expect(modelDims({ config: unlisted })?.attention).toEqual(dims?.attention);
  });

  test("Mixtral touches 12.88 billion for a token", () => {
    const dims = modelDims({
      config: {
        ...MISTRAL_7B,
        model_type: "mixtral",
        vocab_size: 32000,
        num_local_experts: 8,
        num_experts_per_tok: 2,
      },
    });
    expect((dims?.activeParams ?? 0) / 1e9).toBeCloseTo(12.88, 2);
  });
});

test.each([
  ["an empty config", {}],
  ["a family that is not known", { ...LLAMA_8B, model_type: "mamba" }],
  ["a size that is not a whole number", { ...LLAMA_8B, hidden_size: 4096.5 }],
  ["a size that is a text", { ...LLAMA_8B, num_hidden_layers: "32" }],
  ["heads that do not divide the width", { ...LLAMA_8B, num_attention_heads: 33 }],
  [
    "more experts a token than there are",
    { ...MISTRAL_7B, model_type: "mixtral", num_local_experts: 8, num_experts_per_tok: 9 },
  ],
  [
    "experts in every second layer only",
    {
      ...MISTRAL_7B,
      model_type: "qwen3_moe",
      num_experts: 8,
      num_experts_per_tok: 2,
      decoder_sparse_step: 2,
    },
  ],
  [
    "windows in some layers only",
    { ...LLAMA_8B, model_type: "qwen2", sliding_window: 4096, use_sliding_window: true },
  ],
  ["kinds of layers that are not those it has", { ...GPT_OSS_20B, layer_types: ["full_attention"] }],
  ["a latent attention without its sizes", { ...DEEPSEEK_V3, qk_nope_head_dim: null }],
])("%s gives no dims", (_, config) => expect(modelDims({ config })).toBeNull());

test.each([
  ["is the stored one", { torch_dtype: "float16" }, "float16"],
  ["is read by its newer name", { dtype: "bfloat16" }, "bfloat16"],
  [
    "is that of the activations with weights-only quantisation",
    { torch_dtype: "float16", quantization_config: { quant_method: "awq", bits: 4 } },
    "float16",
  ],
  ["is that of quantised activations", quantized("float"), "fp8"],
  ["is that of whole-number activations", quantized("int"), "int8"],
  ["is unknown if it is not stated", {}, null],
])("the compute dtype %s", (_, fields, dtype) =>
  expect(modelDims({ config: { ...LLAMA_8B, ...fields } })?.dtype).toBe(dtype),
);

function quantized(type: string): Record<string, never> {
  return JSON.parse(
    JSON.stringify({
      torch_dtype: "bfloat16",
      quantization_config: {
        quant_method: "compressed-tensors",
        config_groups: { group_0: { input_activations: { num_bits: 8, type } } },
      },
    }),
  );
}

describe("FLOPs of a request", () => {
  const dims = modelDims({ config: LLAMA_8B });
  if (dims === null) throw new Error("no dims");
  const layers = 32 * (4096 * (32 + 16) * 128 + 32 * 128 * 4096 + 3 * 4096 * 14336);
  const lmHead = 128256 * 4096;
  const attention = 4 * 32 * 128 * 32;

  test("with one token in and one out are the layers once, the vocabulary once and one position", () => {
    expect(requestFlops(dims, { input: 1, output: 1, cached: 0 }).total).toBe(
      2 * layers + 2 * lmHead + attention,
    );
  });

  test("the prefill multiplies the vocabulary once, however long the prompt, and looks at P(P + 1)/2 positions", () => {
    expect(requestFlops(dims, { input: 512, output: 1, cached: 0 }).total).toBe(
      2 * layers * 512 + 2 * lmHead + attention * ((512 * 513) / 2),
    );
  });

  test("128 output tokens are 127 forward passes, each with the vocabulary", () => {
    const { prefill, total } = requestFlops(dims, { input: 512, output: 128, cached: 0 });
    const positions = Array.from({ length: 127 }, (_, pass) => 512 + pass + 1).reduce(
      (sum, context) => sum + context,
      0,
    );
    expect(total - prefill).toBe(127 * 2 * (layers + lmHead) + attention * positions);
  });

  test("cached prompt tokens are looked at, but not computed", () => {
    const all = requestFlops(dims, { input: 100, output: 1, cached: 0 }).prefill;
    const rest = requestFlops(dims, { input: 100, output: 1, cached: 60 }).prefill;
    expect(all - rest).toBe(2 * layers * 60 + attention * ((60 * 61) / 2));
  });

  test("more cached than prompt tokens count as all of them", () => {
    expect(requestFlops(dims, { input: 100, output: 1, cached: 500 }).prefill).toBe(2 * lmHead);
  });

  test("without output there is the prefill alone", () => {
    const { prefill, total } = requestFlops(dims, { input: 10, output: 0, cached: 0 });
    expect(total).toBe(prefill);
  });

  test("a model known by its parameters takes 2·N per processed token, and says that this is an estimate", () => {
    const stated = modelDims({ params: 47e9, activeParams: 13e9 });
    expect(stated).toMatchObject({ estimated: true, source: "stated", params: 47e9, activeParams: 13e9 });
    expect(stated && requestFlops(stated, { input: 100, output: 50, cached: 0 }).total).toBeCloseTo(
      2 * 13e9 * 149,
      -3,
    );
  });

  test("in a sliding window a token looks at no more positions than its width", () => {
    const windowed = modelDims({ config: { ...MISTRAL_7B, sliding_window: 4 } });
    const free = modelDims({ config: MISTRAL_7B });
    if (windowed === null || free === null) throw new Error("no dims");
    const saved =
      requestFlops(free, { input: 6, output: 3, cached: 0 }).total -
      requestFlops(windowed, { input: 6, output: 3, cached: 0 }).total;
    // Prompt tokens 5 and 6 look at 1 and 2 positions fewer, and output tokens 2 and 3 at 3 and 4 fewer.
    expect(saved).toBe(attention * (1 + 2 + 3 + 4));
  });

  test("latent attention goes through low ranks, and a token through 8 of 256 experts and the shared one", () => {
    const latent = modelDims({ config: DEEPSEEK_V3 });
    if (latent === null) throw new Error("no dims");
    const attentionParams =
      7168 * 1536 + 1536 * 128 * 192 + 7168 * (512 + 64) + 512 * 128 * 256 + 128 * 128 * 7168;
    const dense = 3 * (attentionParams + 3 * 7168 * 18432);
    const expert = 3 * 7168 * 2048;
    const sparse = 58 * (attentionParams + 256 * 7168 + (8 + 1) * expert);
    const perPosition = 61 * 2 * 128 * (128 + 64 + 128);
    expect(requestFlops(latent, { input: 1, output: 1, cached: 0 }).total).toBe(
      2 * (dense + sparse + 129280 * 7168) + perPosition,
    );
  });

  test("a token of Mixtral goes through 2 of 8 experts, and all of them are in its router", () => {
    const mixture = modelDims({
      config: {
        ...MISTRAL_7B,
        model_type: "mixtral",
        vocab_size: 32000,
        num_local_experts: 8,
        num_experts_per_tok: 2,
      },
    });
    if (mixture === null) throw new Error("no dims");
    const attentionParams = 2 * 4096 * (32 + 8) * 128;
    const perToken = 32 * (attentionParams + 8 * 4096 + 2 * 3 * 4096 * 14336);
    expect(requestFlops(mixture, { input: 2, output: 1, cached: 0 }).total).toBe(
      2 * (2 * perToken + 32000 * 4096) + 3 * attention,
    );
  });

  test("layers with a window and layers without add up", () => {
    const both = modelDims({ config: { ...GPT_OSS_20B, sliding_window: 2 } });
    if (both === null) throw new Error("no dims");
    const perPosition = 12 * 4 * 64 * 64;
    const { prefill } = requestFlops(both, { input: 4, output: 1, cached: 0 });
    const alone = requestFlops({ ...both, attention: [] }, { input: 4, output: 1, cached: 0 }).prefill;
    expect(prefill - alone).toBe(perPosition * (1 + 2 + 2 + 2) + perPosition * (1 + 2 + 3 + 4));
  });

  test("forward passes add up, however the tokens are divided", () => {
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (input, cuts) => {
          const { decode, prefill, total } = requestFlops(dims, { input, output: 500, cached: 0 });
          const edges = [0, ...cuts.toSorted((a, b) => a - b), 500];
          const sum = edges.slice(1).reduce((sum, to, index) => sum + decode(edges[index] ?? 0, to), 0);
          expect(Math.abs((prefill + sum) / total - 1)).toBeLessThan(1e-9);
        },
      ),
    );
  });
});
