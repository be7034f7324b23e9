import { ApiError } from "./api-error.ts";
import type { Preset } from "./presets.ts";

/** What the model needs to know of a chat request. */
export interface ChatRequest {
  /** The first characters of the last message. */
  opening: string;
  promptTokens: number;
  /** The words of all messages, by which a prefix cache tells prompts apart. */
  words: string[];
  outputTokens: number;
  finishReason: "stop" | "length";
  stream: boolean;
  includeUsage: boolean;
}

/**
 * Reads the body of `POST /v1/chat/completions`. Prompt tokens are the words of all messages, times the
 * preset's tokens per word, plus its template tokens. With `ignore_eos` the answer has
 * `max_completion_tokens` (or `max_tokens`) tokens. Without it, it ends by itself after `naturalTokens`, but
 * never before `min_tokens`. It throws an ApiError: 404 for another model, 400 for anything else that is
 * wrong.
 */
export function readChat(body: unknown, preset: Preset): ChatRequest {
  if (!isObject(body)) throw new ApiError(400, "The body must be a JSON object.");
  const model = body["model"];
  if (typeof model !== "string") throw new ApiError(400, "`model` must be a string.", { param: "model" });
  if (model !== preset.model) {
    throw new ApiError(
      404,
      `The model \`${model}\` does not exist; this endpoint serves \`${preset.model}\`.`,
      { param: "model", code: "model_not_found" },
    );
  }
  const stream = flagOf(body, "stream");
  const options = body["stream_options"];
  if (isPresent(options) && !isObject(options))
    throw new ApiError(400, "`stream_options` must be an object.", { param: "stream_options" });
  if (isPresent(options) && !stream)
    throw new ApiError(400, "`stream_options` is only allowed with `stream: true`.", {
      param: "stream_options",
    });
  if (isPresent(body["n"]) && body["n"] !== 1) throw new ApiError(400, "`n` must be 1.", { param: "n" });

  const words = wordsOf(body["messages"]);
  const promptTokens = promptTokensOf(words.length, preset);
  const max = countOf(body, "max_completion_tokens", 1) ?? countOf(body, "max_tokens", 1);
  const min = countOf(body, "min_tokens", 0) ?? 0;
  if (max !== null && min > max)
    throw new ApiError(400, `\`min_tokens\` (${min}) must not be above the most tokens allowed (${max}).`, {
      param: "min_tokens",
    });
  const natural = Math.max(min, preset.naturalTokens, 1);
  const ignoreEos = flagOf(body, "ignore_eos");
  const outputTokens = max === null ? natural : ignoreEos ? max : Math.min(max, natural);
  if (promptTokens + outputTokens > preset.params.kvTokens) {
    throw new ApiError(
      400,
      `${promptTokens} prompt and ${outputTokens} output tokens are more than the ${preset.params.kvTokens} this endpoint can hold.`,
      {
        param: "messages",
        code: "context_length_exceeded",
      },
    );
  }
  return {
    opening: openingOf(body["messages"]),
    promptTokens,
    words,
    outputTokens,
    finishReason: outputTokens === max ? "length" : "stop",
    stream,
    includeUsage: isObject(options) && flagOf(options, "include_usage"),
  };
}

/** The tokens of a prompt of so many words, the template's included. */
export const promptTokensOf = (words: number, { tokensPerWord = 1, templateTokens }: Preset): number =>
  templateTokens + Math.round(tokensPerWord * words);

const OPENING_CHARACTERS = 16;

function openingOf(messages: unknown): string {
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : null;
  return isObject(last) && typeof last["content"] === "string"
    ? last["content"].slice(0, OPENING_CHARACTERS)
    : "";
}

type Fields = Record<string, unknown>;
const isPresent = (value: unknown): boolean => value !== undefined && value !== null;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== "boolean")
    throw new ApiError(400, `\`${name}\` must be true or false.`, { param: name });
  return value;
}

function countOf(fields: Fields, name: string, least: number): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least) {
    throw new ApiError(400, `\`${name}\` must be a whole number of at least ${least}.`, { param: name });
  }
  return value;
}

function wordsOf(messages: unknown): string[] {
  const wrong = (): ApiError =>
    new ApiError(400, "`messages` must be a list of at least one {role, content}, with text as content.", {
      param: "messages",
    });
  if (!Array.isArray(messages) || messages.length === 0) throw wrong();
  const words: string[] = [];
  for (const message of messages as unknown[]) {
    if (!isObject(message) || typeof message["role"] !== "string") throw wrong();
    const content = message["content"];
    const parts = Array.isArray(content)
      ? (content as unknown[]).map((part) => (isObject(part) ? part["text"] : part))
      : [content];
    for (const part of parts) {
      if (typeof part !== "string") throw wrong();
      for (const word of part.split(/\s+/)) if (word !== "") words.push(word);
    }
  }
  return words;
}
