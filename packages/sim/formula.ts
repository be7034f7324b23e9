import type { ModelParams } from "./model.ts";

export interface Lengths {
  promptTokens: number;
  outputTokens: number;
}

/** b′ = b + P/(D·R), ms: what one more user adds to the time of an iteration, with its share of prompts. */
const perUserMs = (params: ModelParams, { promptTokens, outputTokens }: Lengths): number =>
  params.iterationPerRequestMs + (1000 * promptTokens) / (outputTokens * params.prefillTokensPerS);

/**
 * V = 1/b′ (tokens/s) and K = a/b′ (users) of the model's saturation curve. `model.ts` says where they come
 * from.
 */
export function saturationOf(
  params: ModelParams,
  lengths: Lengths,
): { maxTokensPerS: number; halfLoadUsers: number } {
  const slope = perUserMs(params, lengths);
  return { maxTokensPerS: 1000 / slope, halfLoadUsers: params.iterationMs / slope };
}

/**
 * y(N) = N / (a + b′·N), the output tokens/s of N closed-loop users that never pause. More users than slots
 * only queue.
 */
export function tokensPerS(params: ModelParams, lengths: Lengths, users: number): number {
  const served = Math.min(users, params.slots);
  return (1000 * served) / (params.iterationMs + perUserMs(params, lengths) * served);
}

/** The time to first token of a request that has the engine to itself: a + b + P/R, ms. */
export const aloneTtftMs = (params: ModelParams, promptTokens: number): number =>
  params.iterationMs + params.iterationPerRequestMs + (1000 * promptTokens) / params.prefillTokensPerS;
