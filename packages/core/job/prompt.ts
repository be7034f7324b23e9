import { randomFrom } from "../random.ts";
import type { RequestShape } from "./schedule.ts";
import type { JobSpec } from "./spec.ts";

/** Common English words that most tokenizers hold as one token each with their leading space. */
const WORDS =
  "time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education".split(
    " ",
  );

/** Tokens that a chat template and the salt add, until preflight calibrates it against the endpoint's own usage. */
const OVERHEAD_TOKENS = 6;

/**
 * The user message of a request. Synthetic text of about `inputTokens` tokens (one word a token), or one of the caller's prompts
 * in turn; unless `salt` is off it starts with eight random hexadecimal digits, so that no two requests share a prefix that an
 * endpoint could have cached.
 */
export function promptText(shape: RequestShape, workload: JobSpec["workload"]): string {
  const random = randomFrom(shape.textSeed);
  const salt = workload.salt
    ? `${Math.floor(random() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0")} `
    : "";
  const own = workload.prompts?.[shape.index % workload.prompts.length];
  if (own !== undefined) return salt + own;
  const count = Math.max(1, shape.inputTokens - OVERHEAD_TOKENS);
  const words = Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]);
  return salt + words.join(" ");
}

/** What preflight learnt about which fields the endpoint takes. */
export interface EndpointTraits {
  /** `max_completion_tokens` where the endpoint refuses `max_tokens` (OpenAI's reasoning models do). */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Send `ignore_eos: true` and `min_tokens`, so that every answer has the asked length. */
  ignoreEos: boolean;
  /** Send `stream_options: {include_usage: true}`; some servers refuse the field. */
  includeUsage: boolean;
  /** Send `temperature`; OpenAI's reasoning models refuse it. */
  temperature: boolean;
}

/** The JSON body of one request. The caller's own fields come first and cannot replace these (RESERVED_BODY_FIELDS in spec.ts). */
export function requestBody(shape: RequestShape, spec: JobSpec, traits: EndpointTraits): Record<string, unknown> {
  return {
    ...spec.endpoint.body,
    model: spec.endpoint.model,
    messages: [{ role: "user", content: promptText(shape, spec.workload) }],
    stream: true,
    ...(traits.includeUsage && { stream_options: { include_usage: true } }),
    [traits.maxTokensField]: shape.outputTokens,
    ...(traits.temperature && { temperature: spec.workload.temperature }),
    ...(traits.ignoreEos && { ignore_eos: true, min_tokens: shape.outputTokens }),
  };
}
