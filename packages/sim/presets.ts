import { AZURE, type Front, OPENAI_REASONING } from "./fronts.ts";
import type { SimCard } from "./gpu.ts";
import type { ModelParams } from "./model.ts";
import type { ServedModel } from "./request.ts";

/**
 * A whole simulated world: the model's timing, its name, how it counts tokens, and the GPU that it seems to
 * run on.
 */
export interface Preset extends ServedModel {
  params: ModelParams;
  /**
   * Prompts that begin alike share what is computed of them, in whole blocks of so many tokens. Without it
   * there is no cache, and usage does not mention one.
   */
  cacheBlockTokens?: number;
  /** How it is reached, and what it takes and says. Unless given, it speaks every kind below /v1. */
  front?: Front;
  gpu: SimCard;
}

const A40: SimCard = {
  name: "NVIDIA A40",
  uuid: "GPU-51a00000-b41a-4e00-8000-000000000040",
  idleW: 75,
  limitW: 300,
  memoryTotalMiB: 46_068,
  memoryUsedMiB: 41_498,
  smMHz: 1740,
  memMHz: 7251,
};

/**
 * An 8B model in 16 bit on one A40. Reading 16 GB of weights at 696 GB/s takes 23 ms, and a = 48 ms is a
 * server that needs as long again for everything else. R = 4,700 prompt tokens/s is 50 % of the card's 149.7
 * TFLOPS at 2·8e9 FLOPs a token. The KV cache is what 16 GB of weights leave, at 128 KiB a token. With 8
 * prompt and 40 output tokens b′ = 0.15 + 8/(40·4.7) = 0.1926 ms, so V = 5,193 tokens/s (55.5 % of the peak
 * for the output alone) and K = 249 users: 200, 867 and 1,487 tokens/s at 10, 50 and 100 users, 3,493 at 512.
 */
const A40_8B: Preset = {
  model: "sim-8b",
  params: {
    iterationMs: 48,
    iterationPerRequestMs: 0.15,
    prefillTokensPerS: 4700,
    slots: 512,
    kvTokens: 200_000,
  },
  templateTokens: 5,
  naturalTokens: 256,
  gpu: A40,
};

/**
 * The same server, to which its card's memory was not given: 3,000 tokens of KV cache are 375 MiB. Answers of 24 tokens
 * with their prompts fill it at 125 users, and more of them wait.
 */
const A40_8B_SMALL_CACHE: Preset = {
  ...A40_8B,
  params: { ...A40_8B.params, kvTokens: 3000 },
  gpu: { ...A40, memoryUsedMiB: 16_900 },
};

/** The same card with a model so small that a test need not wait: it gives 8 tokens in 33 ms. */
const QUICK: Preset = {
  ...A40_8B,
  model: "sim-quick",
  params: {
    iterationMs: 4,
    iterationPerRequestMs: 0.02,
    prefillTokensPerS: 50_000,
    slots: 64,
    kvTokens: 20_000,
  },
};

export const PRESETS = {
  "a40-8b": A40_8B,
  quick: QUICK,
  "a40-8b-small-cache": A40_8B_SMALL_CACHE,
  "openai-reasoning": {
    ...QUICK,
    model: "sim-reasoning",
    naturalTokens: 30,
    hiddenTokens: 40,
    front: OPENAI_REASONING,
  },
  azure: { ...QUICK, model: "sim-azure", naturalTokens: 30, front: AZURE },
} as const satisfies Record<string, Preset>;
export type PresetName = keyof typeof PRESETS;
export const isPresetName = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);
