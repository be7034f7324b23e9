import { DONE, type EndpointTraits, NOTHING, type Option, type Question, type Reading } from "./dialect.ts";
import { errorIn, finishOf, isJson, isText, type Json, jsonOf, listOf } from "./json.ts";
import { type Counted, countedOf } from "./usage.ts";

/** What OpenAI's two dialects of completions share, as the engines that speak them differ. */

/** OpenAI pads each event to another length. */
export const UNREAD = { ofAnswers: ["id", "created"], ofEvents: ["obfuscation"] } as const;

/** The options that both may do without. */
export const COMPLETION_OPTIONS: readonly Option[] = [
  {
    name: "stream_options",
    isBlamed: (text) => /stream_options|include_usage/.test(text),
    isSpare: true,
    // OpenAI had it before it had `max_completion_tokens`.
    takenWithout: "max_tokens",
  },
  // OpenAI's reasoning models refuse both.
  {
    name: "temperature",
    isBlamed: (text) => /temperature/.test(text),
    isSpare: true,
    refusedWith: "max_tokens",
  },
  // With it goes `min_tokens`.
  { name: "ignore_eos", isBlamed: (text) => /ignore_eos|min_tokens/.test(text), isSpare: true },
];

/** A request of both, those of the options among its fields. `own` are the fields that each calls by its own name. */
export function completionFields(
  { model, outputTokens, temperature }: Question,
  { without }: EndpointTraits,
  own: { prompt: object; length: object },
): Record<string, unknown> {
  const has = (option: string): boolean => !without.includes(option);
  return {
    model,
    ...own.prompt,
    stream: true,
    ...(has("stream_options") && { stream_options: { include_usage: true } }),
    ...own.length,
    ...(has("temperature") && { temperature }),
    ...(has("ignore_eos") && { ignore_eos: true, min_tokens: outputTokens }),
  };
}

export const COMPLETION_END = "[DONE]";
/** The end as some gateways write it: without brackets, or as the JSON of a text. */
const isEnd = (data: string): boolean => data.length < 12 && /^["[]*done["\]]*$/i.test(data);

/** Reads one event. `outputOf` says what its choices carry. */
export function readCompletion(
  data: string,
  type: string,
  outputOf: (choices: Json[]) => Pick<Reading, "output" | "visible" | "text">,
): Reading | null {
  if (isEnd(data)) return DONE;
  const event = jsonOf(data);
  const choices = listOf(event?.["choices"]);
  // Groq writes usage and errors into a part of its own.
  const parts = [event, ...choices, ...listOf([event?.["x_groq"]])];
  const error = errorIn(parts, data, type);
  if (error !== null) return { ...NOTHING, error };
  if (event === null) return null;
  const finish = finishOf(choices.map(reasonOf).find(isText));
  if (finish.error !== null) return { ...NOTHING, ...finish };
  const { usage, isFlawed } = countedIn(
    parts.map((part) => part?.["usage"]).find((part) => part !== undefined && part !== null),
  );
  return { ...outputOf(choices), ...finish, usage, isUsageFlawed: isFlawed, done: false };
}

/** The finish reason of a choice: a text, or as SGLang keeps it inside, a part whose type is that text. */
function reasonOf({ finish_reason: reason }: Json): unknown {
  return isJson(reason) ? reason["type"] : reason;
}

/**
 * The counts, as OpenAI names them or as others do: mlx-vlm has `input_tokens`, Kimi `cached_tokens`, DeepSeek
 * `prompt_cache_hit_tokens`, and SGLang `reasoning_tokens` beside the totals.
 */
function countedIn(usage: unknown): Counted {
  if (!isJson(usage)) return { usage: null, isFlawed: usage !== undefined };
  const details = (name: string): Json => (isJson(usage[name]) ? usage[name] : {});
  return countedOf({
    input: usage["prompt_tokens"] ?? usage["input_tokens"],
    output: usage["completion_tokens"] ?? usage["output_tokens"],
    reasoning: details("completion_tokens_details")["reasoning_tokens"] ?? usage["reasoning_tokens"],
    cached:
      details("prompt_tokens_details")["cached_tokens"] ??
      usage["cached_tokens"] ??
      usage["prompt_cache_hit_tokens"],
    total: usage["total_tokens"],
  });
}
