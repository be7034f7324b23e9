import * as config from "@brimline/testkit/model-configs";
import { describe, expect, test } from "vitest";
import { exact, single } from "../statistics/derive.ts";
import { stepBytes } from "./decode.ts";
import { modelDims } from "./flops.ts";
import { mbuPercent } from "./mbu.ts";
import { roofline } from "./roofline.ts";
import { unknown } from "../../figure.ts";

const LLAMA_8B = { ...config.LLAMA_8B, torch_dtype: "bfloat16" };
const MIXTRAL = {
  ...LLAMA_8B,
  model_type: "mixtral",
  vocab_size: 32000,
  num_local_experts: 8,
  num_experts_per_tok: 2,
};
const { num_experts_per_tok: experts_per_token, ...gptOss } = config.GPT_OSS_20B;
/** Some write the number of experts under another name. */
const GPT_OSS_20B = { ...gptOss, experts_per_token };

function dimsOf(config: Record<string, unknown>) {
  const dims = modelDims({ config: JSON.parse(JSON.stringify(config)) as Record<string, never> });
  if (dims === null) throw new Error("no dims");
  return dims;
}
function memoryOf(config: Record<string, unknown>) {
  const { memory } = dimsOf(config);
  if (memory === null) throw new Error("no memory");
  return memory;
}
const GB = 1e9;
const one = { batch: 1, contextTokens: 0, replicas: 1 };

describe("what a model takes in memory", () => {
  test("Llama-3.1-8B in 16 bits has 16.06 GB, reads all but its embeddings, and caches 128 KiB a token", () => {
    const memory = memoryOf(LLAMA_8B);
    expect(memory.weightBytes).toBe(2 * 8_030_261_248);
    expect(stepBytes(memory, one)).toBe(2 * (8_030_261_248 - 128256 * 4096));
    expect(memory.kv).toEqual([{ bytesPerToken: 128 * 1024, window: Infinity }]);
  });
  test("the latent cache of DeepSeek-V3 has 576 numbers a layer", () =>
    expect(
      memoryOf({
        ...LLAMA_8B,
        model_type: "deepseek_v3",
        num_hidden_layers: 61,
        kv_lora_rank: 512,
        q_lora_rank: 1536,
        qk_nope_head_dim: 128,
        qk_rope_head_dim: 64,
        v_head_dim: 128,
      }).kv,
    ).toEqual([{ bytesPerToken: 61 * 576 * 2, window: Infinity }]));
  test("gpt-oss-20b has its experts in MXFP4: 13.8 GB, as its files have", () =>
    expect(memoryOf(GPT_OSS_20B).weightBytes / GB).toBeCloseTo(13.76, 2));
  test("a windowed layer keeps no more tokens than its window", () => {
    const memory = memoryOf(GPT_OSS_20B);
    const perLayer = 2 * 8 * 64 * 2;
    const kv = stepBytes(memory, { ...one, contextTokens: 1000 }) - stepBytes(memory, one);
    expect(kv).toBe(12 * perLayer * (128 + 1000));
  });
  test.each<[string, Record<string, unknown>, number]>([
    ["fp8", { quant_method: "fp8" }, 1],
    ["AWQ in groups of 128", { quant_method: "awq", bits: 4, group_size: 128 }, (4 + 20 / 128) / 8],
    ["NVFP4", { quant_method: "modelopt", quant_algo: "NVFP4" }, 0.5625],
    ["bitsandbytes", { quant_method: "bitsandbytes", load_in_8bit: true }, 1],
    [
      "compressed-tensors",
      { quant_method: "compressed-tensors", config_groups: { group_0: { weights: { num_bits: 8 } } } },
      1,
    ],
  ])("%s quantises the layers, and leaves the vocabulary in 16 bits", (_, quantization, bytes) => {
    const matrices = 32 * (4096 * (32 + 16) * 128 + 32 * 128 * 4096 + 3 * 4096 * 14336);
    const rest = 8_030_261_248 - matrices;
    expect(memoryOf({ ...LLAMA_8B, quantization_config: quantization }).weightBytes).toBeCloseTo(
      matrices * bytes + 2 * rest,
      -3,
    );
  });
  test.each<[string, Record<string, unknown>]>([
    ["a method that is not known", { ...LLAMA_8B, quantization_config: { quant_method: "quip" } }],
    ["no dtype", { ...LLAMA_8B, torch_dtype: null }],
  ])("%s leaves it open", (_, config) => expect(dimsOf(config).memory).toBeNull());
});

test("a batch of a mixture reads more of its experts, and at last all of them", () => {
  const memory = memoryOf(MIXTRAL);
  const experts = 2 * 32 * 8 * 3 * 4096 * 14336;
  const read = (batch: number): number => stepBytes(memory, { ...one, batch }) - memory.stepBytes;
  expect(read(1) / experts).toBeCloseTo(2 / 8, 9);
  expect(read(4) / experts).toBeCloseTo(1 - 0.75 ** 4, 9);
  expect(read(200) / experts).toBeCloseTo(1, 9);
  // Two copies read their weights each, for half of the batch.
  const two = stepBytes(memory, { batch: 8, contextTokens: 0, replicas: 2 });
  expect(two).toBeCloseTo(2 * stepBytes(memory, { ...one, batch: 4 }), -2);
});

describe("MBU", () => {
  const dims = dimsOf(LLAMA_8B);
  const decoding = {
    tpotMs: exact(50, 400),
    outputTokensPerS: exact(200, 400),
    inputTokens: exact(100, 400),
    outputTokens: exact(40, 400),
    replicas: 1,
    isSpeculative: false,
  };
  test("is weights and cache by steps a second, against the bandwidth, and says that it is estimated", () => {
    // 200 tokens/s at 50 ms are 10 at once, with 120 tokens each.
    const bytes = 2 * (8_030_261_248 - 128256 * 4096) + 10 * 120 * 128 * 1024;
    const found = mbuPercent(decoding, dims, 696);
    expect(found.value).toBeCloseTo((100 * bytes * 20) / 696e9, 9);
    expect(found).toMatchObject({ validity: "indicative", reasons: ["estimated"] });
  });
  test.each([
    [
      "the model is known by its parameters alone",
      decoding,
      modelDims({ params: 8e9 }),
      696,
      "unknown_model",
    ],
    ["the bandwidth is not known", decoding, dims, null, "unknown_gpu"],
    ["a pass brings several tokens", { ...decoding, isSpeculative: true }, dims, 696, "not_applicable"],
    ["it would be above 100 %", { ...decoding, tpotMs: exact(10, 400) }, dims, 696, "implausible"],
    ["TPOT is not known", { ...decoding, tpotMs: unknown("coalesced") }, dims, 696, "coalesced"],
  ] as const)("is unknown where %s", (_, shown, model, bandwidth, reason) =>
    expect(mbuPercent(shown, model, bandwidth)).toMatchObject({ value: null, reasons: [reason] }),
  );
  test("has the doubts of what it rests on", () =>
    expect(mbuPercent({ ...decoding, tpotMs: single(50, 1) }, dims, 696).reasons).toEqual([
      "no_interval",
      "estimated",
    ]));
});

describe("the roofline of Llama-3.1-8B on an A40", () => {
  const asked = { inputTokens: 100, outputTokens: 40, outputTokensPerS: 200, tpotMs: 50, replicas: 1 };
  const machine = { bandwidthGBps: 696, peakTflops: 149.7, memoryGB: 48 };
  const found = roofline(dimsOf(LLAMA_8B), machine, asked);
  const weights = 2 * (8_030_261_248 - 128256 * 4096);
  const kv = 120 * 128 * 1024;

  test("a step reads its weights in 21.6 ms, and a little more with the cache of 10 requests", () => {
    expect(found?.floorMsAt1).toBeCloseTo((1000 * (weights + kv)) / 696e9, 9);
    expect(found?.floorMs).toBeCloseTo((1000 * (weights + 10 * kv)) / 696e9, 9);
    expect(found).toMatchObject({ bound: "memory_bandwidth", contextTokens: 120 });
  });
  test("beside the weights 90 % of the memory holds the cache of 1,725 requests", () =>
    expect(found?.largestBatch).toBe(Math.floor((0.9 * 48e9 - 2 * 8_030_261_248) / kv)));
  test("which compute bounds, so that the throughput is that of the peak", () => {
    const flops = 2 * (8_030_261_248 - 128256 * 4096);
    // 100 prompt tokens and 39 passes, of which the prompts do without the vocabulary.
    const most = 40 / ((100 * (flops - 2 * 128256 * 4096) + 39 * flops) / 149.7e12);
    expect((found?.maxTokensPerS ?? 0) / most).toBeGreaterThan(0.98);
    expect((found?.maxTokensPerS ?? 0) / most).toBeLessThan(1.01);
  });
  test("without the memory no batch is predicted, and without room there is none", () => {
    expect(roofline(dimsOf(LLAMA_8B), { ...machine, memoryGB: null }, asked)).toMatchObject({
      largestBatch: null,
      maxTokensPerS: null,
    });
    expect(roofline(dimsOf(LLAMA_8B), { ...machine, memoryGB: 16 }, asked)).toMatchObject({
      largestBatch: 0,
      maxTokensPerS: null,
    });
  });
  test("a model known by its parameters alone has none", () => {
    const stated = modelDims({ params: 8e9 });
    expect(stated && roofline(stated, machine, asked)).toBeNull();
  });
});
