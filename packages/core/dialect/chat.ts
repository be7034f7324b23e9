import {
  type Dialect,
  type EndpointTraits,
  NOTHING,
  type Question,
  type Reading,
  type Usage,
} from "./dialect.ts";
import { isJson, isText, type Json, jsonOf, listOf, usageOf } from "./json.ts";

/** OpenAI's chat completions, as the engines that speak them differ. */
export const chat: Dialect = {
  path: "chat/completions",
  headers: {},
  keyHeader: "authorization",
  streams: true,
  reservedFields: [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "n",
    "ignore_eos",
    "min_tokens",
  ],
  options: [
    {
      // OpenAI's reasoning models refuse it and want `max_completion_tokens`.
      name: "max_tokens",
      isBlamed: (text) =>
        /max_completion_tokens/.test(text) ||
        (/max_tokens/.test(text) && /support|recogni|extra|unknown|unexpected|permitted/i.test(text)),
      isSpare: false,
    },
    {
      name: "stream_options",
      isBlamed: (text) => /stream_options|include_usage/.test(text),
      isSpare: true,
    },
    // OpenAI's reasoning models refuse it too.
    { name: "temperature", isBlamed: (text) => /temperature/.test(text), isSpare: true },
    // With it goes `min_tokens`.
    { name: "ignore_eos", isBlamed: (text) => /ignore_eos|min_tokens/.test(text), isSpare: true },
  ],
  lengthOption: "ignore_eos",
  body,
  read,
  isWhole: (text) => /"choices"\s*:/.test(text),
  words: {
    request: "chat completion",
    server: "OpenAI-compatible LLM server",
    end: "[DONE]",
    outputs: "content, reasoning, tool call, refusal or audio",
  },
};

function body(
  { model, prompt, outputTokens, temperature }: Question,
  { without }: EndpointTraits,
): Record<string, unknown> {
  const has = (option: string): boolean => !without.includes(option);
  return {
    model,
    messages: [{ role: "user", content: prompt }],
    stream: true,
    ...(has("stream_options") && { stream_options: { include_usage: true } }),
    [has("max_tokens") ? "max_tokens" : "max_completion_tokens"]: outputTokens,
    ...(has("temperature") && { temperature }),
    ...(has("ignore_eos") && { ignore_eos: true, min_tokens: outputTokens }),
  };
}

const FINISH_REASON_MAX = 64;
const DONE: Reading = { ...NOTHING, done: true };

function read(data: string, type: string): Reading | null {
  if (data === "[DONE]") return DONE;
  const event = jsonOf(data);
  const error = event === null ? null : errorOf(event, data);
  if (type === "error" || error !== null) return { ...NOTHING, error: error ?? data };
  if (event === null) return null;
  const choices = listOf(event["choices"]);
  const deltas = choices.map((choice) => choice["delta"]).filter(isJson);
  const visible = deltas.some(isVisible);
  const finishReason = choices.map((choice) => choice["finish_reason"]).find(isText);
  const content = deltas.length === 1 ? deltas[0]?.["content"] : null;
  return {
    output: visible || deltas.some(isReasoning),
    visible,
    text: isText(content) ? content : null,
    finishReason: finishReason?.slice(0, FINISH_REASON_MAX) ?? null,
    usage: usageIn(event["usage"]),
    // Usage of the whole request comes without choices or with the finish reason, not beside a delta.
    finalUsage: choices.length === 0 || finishReason !== undefined,
    error: null,
    done: false,
  };
}

/** `content` is a text, or a list of parts as Mistral sends them: `[{type: "thinking" | "text", …}]`. */
function isVisible(delta: Json): boolean {
  if (isText(delta["content"]) || isText(delta["refusal"])) return true;
  if (listOf(delta["content"]).some((part) => part["type"] !== "thinking")) return true;
  const calls = [
    ...listOf(delta["tool_calls"]).map((call) => call["function"]),
    delta["function_call"],
  ].filter(isJson);
  if (calls.some((call) => isText(call["arguments"]))) return true;
  const audio = delta["audio"];
  return isJson(audio) && (isText(audio["data"]) || isText(audio["transcript"]));
}

const isReasoning = (delta: Json): boolean =>
  isText(delta["reasoning_content"]) ||
  isText(delta["reasoning"]) ||
  listOf(delta["content"]).some((part) => part["type"] === "thinking");

function usageIn(usage: unknown): Usage | "impossible" | null {
  if (!isJson(usage)) return usage === undefined || usage === null ? null : "impossible";
  const prompt = isJson(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const completion = isJson(usage["completion_tokens_details"]) ? usage["completion_tokens_details"] : {};
  return usageOf({
    input: usage["prompt_tokens"],
    output: usage["completion_tokens"],
    reasoning: completion["reasoning_tokens"],
    cached: prompt["cached_tokens"],
  });
}

/** `{"error": …}` as most engines write it, or vLLM's older `{"object": "error", "message": …}`. */
function errorOf(event: Json, data: string): string | null {
  const error = event["object"] === "error" ? event : event["error"];
  if (isText(error)) return error;
  if (!isJson(error)) return null;
  return isText(error["message"]) ? error["message"] : data;
}
