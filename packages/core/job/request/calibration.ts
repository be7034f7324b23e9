import { z } from "zod";
import { WORDS } from "./words.ts";

/**
 * How an endpoint counts the tokens of our prompts: overheadTokens + tokensPerWord × words. The chat template
 * and the salt make up the overhead.
 */
export const Calibration = z.object({
  tokensPerWord: z.number(),
  overheadTokens: z.number(),
  /**
   * `usage` means that the line is fitted to the endpoint's own counts. `default` means that the endpoint
   * reported none, so lengths are estimates.
   */
  source: z.enum(["usage", "default"]),
});
export type Calibration = z.infer<typeof Calibration>;

/** One prompt: its number of words without the salt, and the prompt tokens that the endpoint counted. */
export const PromptCount = z.object({ words: z.int(), tokens: z.int() });
export type PromptCount = z.infer<typeof PromptCount>;

/**
 * Most tokenizers hold each of our words as one token with its leading space. A bare template and the salt
 * add about six.
 */
export const DEFAULT_CALIBRATION: Calibration = { tokensPerWord: 1, overheadTokens: 6, source: "default" };

/**
 * These bounds reach from a fraction of a token to the bytes of a long word. No tokenizer can count our words
 * outside them.
 */
const TOKENS_PER_WORD = { min: 0.1, max: 20 };

/**
 * The least-squares line through what the endpoint counted, with an overhead of at least 0. If the prompts'
 * lengths do not tell a slope, the line goes through their mean and the default overhead: it is right at
 * their length, and prompts of that length are what the job asks for. If no tokenizer can have made the
 * counts, the default stays.
 */
export function calibrate(counts: PromptCount[]): Calibration {
  if (counts.length === 0) return DEFAULT_CALIBRATION;
  const words = meanOf(counts.map((count) => count.words));
  const tokens = meanOf(counts.map((count) => count.tokens));
  const variance = meanOf(counts.map((count) => (count.words - words) ** 2));
  const slope = meanOf(counts.map((count) => (count.words - words) * (count.tokens - tokens))) / variance;
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

/**
 * The tokens of a word by two prompts that have the same images, which count too. So the overhead of the text alone
 * is not known, and the default stands.
 */
export function calibrateBesideImages([short, longer]: PromptCount[]): Calibration {
  if (short === undefined || longer === undefined) return DEFAULT_CALIBRATION;
  const tokensPerWord = (longer.tokens - short.tokens) / (longer.words - short.words);
  return tokensPerWord >= TOKENS_PER_WORD.min && tokensPerWord <= TOKENS_PER_WORD.max
    ? { ...DEFAULT_CALIBRATION, tokensPerWord, source: "usage" }
    : DEFAULT_CALIBRATION;
}

const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * How many words make a prompt of `inputTokens` tokens, at least one. A left-over fraction of a word becomes
 * a whole word in that share of the requests. The request's own seed decides, so that the mean of the prompts
 * is what was asked.
 */
export function wordsFor(
  { inputTokens, textSeed }: { inputTokens: number; textSeed: number },
  { tokensPerWord, overheadTokens }: Calibration,
): number {
  return Math.max(1, Math.floor((inputTokens - overheadTokens) / tokensPerWord + textSeed / 4_294_967_296));
}

/**
 * A prompt that holds each of our words once. Its tokens per word are exactly their mean, whatever the
 * tokenizer.
 */
export const EVERY_WORD = WORDS.join(" ");
