import { ApiError } from "./api-error.ts";
import type { ModelParams } from "./model.ts";

/** What a kind needs to know of the model to read a request. A preset has it. */
export interface ServedModel {
  model: string;
  params: Pick<ModelParams, "kvTokens">;
  /** The tokens that the chat template adds to the words of a prompt. */
  templateTokens: number;
  /** The tokens of a word, 1 by default. The tokens of a whole prompt are rounded. */
  tokensPerWord?: number;
  /** Where an answer ends by itself when the caller neither cuts it shorter nor sends `ignore_eos`. */
  naturalTokens: number;
  /** How many tokens the model reasons unseen before each answer. Unless given, none. */
  hiddenTokens?: number;
}

/** What the model needs to know of a request, of whatever kind. */
export interface AnswerRequest {
  /** The first characters of the last text. */
  opening: string;
  promptTokens: number;
  /** The words of all texts, by which a prefix cache tells prompts apart. */
  words: string[];
  outputTokens: number;
  /** How many of them are reasoning that the answer does not show. They come first. */
  hiddenTokens: number;
  finishReason: "stop" | "length" | "content_filter";
  stream: boolean;
  includeUsage: boolean;
}

export type Fields = Record<string, unknown>;
export const isPresent = (value: unknown): boolean => value !== undefined && value !== null;
export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Throws an ApiError unless the body is an object that names the served model: 404 for another model. */
export function fieldsOf(body: unknown, served: ServedModel): Fields {
  if (!isObject(body)) throw new ApiError(400, "The body must be a JSON object.");
  const model = body["model"];
  if (typeof model !== "string") throw new ApiError(400, "`model` must be a string.", { param: "model" });
  if (model === served.model) return body;
  throw new ApiError(
    404,
    `The model \`${model}\` does not exist; this endpoint serves \`${served.model}\`.`,
    { param: "model", code: "model_not_found" },
  );
}

/** What is asked, in the words of the kind. */
export interface Asked {
  /** The field that holds the texts. */
  param: string;
  texts: string[];
  /** The tokens of the images beside the texts. */
  imageTokens?: number;
  /** The most tokens, or null where nothing bounds the answer. */
  max: number | null;
  stream: boolean;
  includeUsage: boolean;
}

/**
 * Prompt tokens are the words of all texts, times the model's tokens per word, plus its template tokens and those of
 * the images. With `ignore_eos` the answer has as many tokens as it may. Without it, it ends by itself after
 * `naturalTokens`, but never before `min_tokens`. It throws an ApiError for what is wrong.
 */
export function answerRequest(fields: Fields, asked: Asked, served: ServedModel): AnswerRequest {
  const { param, texts, imageTokens = 0, max, stream, includeUsage } = asked;
  const words = texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== ""));
  const promptTokens = promptTokensOf(words.length, served) + imageTokens;
  const min = countOf(fields, "min_tokens", 0) ?? 0;
  if (max !== null && min > max)
    throw new ApiError(400, `\`min_tokens\` (${min}) must not be above the most tokens allowed (${max}).`, {
      param: "min_tokens",
    });
  const hiddenTokens = Math.min(served.hiddenTokens ?? 0, max ?? Infinity);
  const natural = Math.max(min, served.naturalTokens + hiddenTokens, 1);
  const ignoreEos = flagOf(fields, "ignore_eos");
  const outputTokens = max === null ? natural : ignoreEos ? max : Math.min(max, natural);
  if (promptTokens + outputTokens > served.params.kvTokens) {
    throw new ApiError(
      400,
      `${promptTokens} prompt and ${outputTokens} output tokens are more than the ${served.params.kvTokens} this endpoint can hold.`,
      { param, code: "context_length_exceeded" },
    );
  }
  return {
    opening: texts.at(-1)?.slice(0, OPENING_CHARACTERS) ?? "",
    promptTokens,
    words,
    outputTokens,
    hiddenTokens,
    finishReason: outputTokens === max ? "length" : "stop",
    stream,
    includeUsage,
  };
}

/** The tokens of a prompt of so many words, the template's included. */
export const promptTokensOf = (words: number, { tokensPerWord = 1, templateTokens }: ServedModel): number =>
  templateTokens + Math.round(tokensPerWord * words);

const OPENING_CHARACTERS = 16;

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== "boolean")
    throw new ApiError(400, `\`${name}\` must be true or false.`, { param: name });
  return value;
}

export function countOf(fields: Fields, name: string, least: number): number | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least) {
    throw new ApiError(400, `\`${name}\` must be a whole number of at least ${least}.`, { param: name });
  }
  return value;
}

/** `stream` and `stream_options`, as OpenAI's completions of both kinds have them. */
export function streamOf(fields: Fields): Pick<Asked, "stream" | "includeUsage"> {
  const stream = flagOf(fields, "stream");
  const options = fields["stream_options"];
  if (isPresent(options) && !isObject(options))
    throw new ApiError(400, "`stream_options` must be an object.", { param: "stream_options" });
  if (isPresent(options) && !stream)
    throw new ApiError(400, "`stream_options` is only allowed with `stream: true`.", {
      param: "stream_options",
    });
  if (isPresent(fields["n"]) && fields["n"] !== 1) throw new ApiError(400, "`n` must be 1.", { param: "n" });
  return { stream, includeUsage: isObject(options) && flagOf(options, "include_usage") };
}

/** The texts of `[{role, content}]`, in which a content is a text or a list of parts with one each. */
export function messageTexts(messages: unknown, param: string): string[] {
  const wrong = (): ApiError =>
    new ApiError(400, `\`${param}\` must be a list of at least one {role, content}, with text as content.`, {
      param,
    });
  if (!Array.isArray(messages) || messages.length === 0) throw wrong();
  return (messages as unknown[]).flatMap((message) => {
    if (!isObject(message) || typeof message["role"] !== "string") throw wrong();
    const content = message["content"];
    const parts = Array.isArray(content)
      ? (content as unknown[]).map((part) => (isObject(part) ? part["text"] : part))
      : [content];
    return parts.map((part) => {
      if (typeof part !== "string") throw wrong();
      return part;
    });
  });
}
