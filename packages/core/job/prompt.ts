import { randomFrom } from "../random.ts";
import { DEFAULT_CALIBRATION, wordsFor } from "./calibration.ts";
import type { RequestSize } from "./schedule.ts";
import type { JobSpec } from "./spec.ts";
import { WORDS } from "./words.ts";

/**
 * The user message of a request: synthetic text of about `inputTokens` tokens as the endpoint counts them, or
 * one of the caller's prompts in turn. Unless `salt` is off it starts with eight random hexadecimal digits,
 * so that no two requests share a prefix that an endpoint could have cached.
 */
export function promptText(
  size: RequestSize,
  workload: JobSpec["workload"],
  calibration = DEFAULT_CALIBRATION,
): string {
  const random = randomFrom(size.textSeed);
  const salt = workload.salt
    ? `${Math.floor(random() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0")} `
    : "";
  const own = workload.prompts?.[size.index % workload.prompts.length];
  if (own !== undefined) return salt + own;
  const words = Array.from(
    { length: wordsFor(size, calibration) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  );
  return salt + words.join(" ");
}

/** What preflight learnt about the fields that the endpoint takes. */
export interface EndpointTraits {
  /**
   * It is `max_completion_tokens` where the endpoint refuses `max_tokens`, as OpenAI's reasoning models do.
   */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Whether to send `ignore_eos: true` and `min_tokens`, so that every answer has the asked length. */
  ignoreEos: boolean;
  /** Whether to send `stream_options: {include_usage: true}`. Some servers refuse the field. */
  includeUsage: boolean;
  /** Whether to send `temperature`. OpenAI's reasoning models refuse it. */
  temperature: boolean;
}

/**
 * The JSON body of one request. The caller's own fields come first and cannot replace ours
 * (RESERVED_BODY_FIELDS in spec.ts).
 */
export function requestBody(
  { prompt, outputTokens }: { prompt: string; outputTokens: number },
  spec: JobSpec,
  traits: EndpointTraits,
): Record<string, unknown> {
  return {
    ...spec.endpoint.body,
    model: spec.endpoint.model,
    messages: [{ role: "user", content: prompt }],
    stream: true,
    ...(traits.includeUsage && { stream_options: { include_usage: true } }),
    [traits.maxTokensField]: outputTokens,
    ...(traits.temperature && { temperature: spec.workload.temperature }),
    ...(traits.ignoreEos && { ignore_eos: true, min_tokens: outputTokens }),
  };
}
