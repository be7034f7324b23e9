import { z } from "zod";
import { WORDS } from "./words.ts";

/**
 * How an endpoint counts the tokens of our prompts: overheadTokens + tokensPerWord × words. The overhead is what the chat template
 * and the salt add.
 */
export const Calibration = z.object({
  tokensPerWord: z.number(),
  overheadTokens: z.number(),
  /** `usage`: fitted to what the endpoint itself counted. `default`: it told nothing, so lengths are estimates. */
  source: z.enum(["usage", "default"]),
});
export type Calibration = z.infer<typeof Calibration>;

/** One prompt: its words without the salt, and the prompt tokens that the endpoint counted. */
export const PromptCount = z.object({ words: z.int(), tokens: z.int() });
export type PromptCount = z.infer<typeof PromptCount>;

/** Most tokenizers hold each of our words as one token with its leading space; a bare template and the salt are about six more. */
export const DEFAULT_CALIBRATION: Calibration = { tokensPerWord: 1, overheadTokens: 6, source: "default" };

/** From a fraction of a token to the bytes of a long word: what is outside cannot be a tokenizer's count of our words. */
const TOKENS_PER_WORD = { min: 0.1, max: 20 };

/**
 * The least-squares line through what the endpoint counted, its overhead not below 0. Where the prompts' lengths do not tell a
 * slope, the line through their mean and the default overhead: right where they are, and that is what will be asked. Counts that
 * no tokenizer can have made leave the default.
 */
export function calibrate(counts: PromptCount[]): Calibration {
  if (counts.length === 0) return DEFAULT_CALIBRATION;
  const words = meanOf(counts.map((count) => count.words));
  const tokens = meanOf(counts.map((count) => count.tokens));
  const spread = meanOf(counts.map((count) => (count.words - words) ** 2));
  const slope = meanOf(counts.map((count) => (count.words - words) * (count.tokens - tokens))) / spread;
  const lines = [Math.max(0, tokens - slope * words), DEFAULT_CALIBRATION.overheadTokens].map(
    (overheadTokens) => ({
      overheadTokens,
      tokensPerWord: (tokens - overheadTokens) / words,
    }),
  );
  const line = lines.find(
    ({ tokensPerWord }) => tokensPerWord >= TOKENS_PER_WORD.min && tokensPerWord <= TOKENS_PER_WORD.max,
  );
  return line === undefined ? DEFAULT_CALIBRATION : { ...line, source: "usage" };
}

const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * A prompt's words that make `inputTokens` tokens, at least one. The part of a word that is left over becomes a whole one in that
 * share of the requests, by the request's own seed, so that the mean of the prompts is what was asked.
 */
export function wordsFor(
  { inputTokens, textSeed }: { inputTokens: number; textSeed: number },
  { tokensPerWord, overheadTokens }: Calibration,
): number {
  return Math.max(1, Math.floor((inputTokens - overheadTokens) / tokensPerWord + textSeed / 4_294_967_296));
}

/** A prompt that holds every one of our words once: its tokens a word are exactly their mean, whatever the tokenizer. */
export const EVERY_WORD = WORDS.join(" ");
