import { type Dialect, type EndpointTraits, NOTHING, type Question, type Reading } from "./dialect.ts";
import { type Counted, countedOf, isJson, isText, type Json, jsonOf, listOf } from "./json.ts";

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
/** Finish reasons of an answer that its server gave up: vLLM's and SGLang's abort, gateways' error. */
const GIVEN_UP = /^(?:abort(?:ed)?|error|failed|cancell?ed)$/i;
const DONE: Reading = { ...NOTHING, done: true };

function read(data: string, type: string): Reading | null {
  if (data === "[DONE]") return DONE;
  const event = jsonOf(data);
  const error = event === null ? null : errorIn(event, data);
  if (type === "error" || error !== null) return { ...NOTHING, error: error ?? messageOf(event) ?? data };
  if (event === null) return null;
  const choices = listOf(event["choices"]);
  const deltas = choices.map((choice) => choice["delta"]).filter(isJson);
  const visible = deltas.some(isVisible);
  const finishReason = choices.map((choice) => choice["finish_reason"]).find(isText);
  if (finishReason !== undefined && GIVEN_UP.test(finishReason))
    return { ...NOTHING, error: `the finish reason is ${finishReason}` };
  const { usage, isFlawed } = countedIn(
    [event, ...choices].map((part) => part["usage"]).find((part) => part !== undefined && part !== null),
  );
  const content = deltas.length === 1 ? deltas[0]?.["content"] : null;
  return {
    output: visible || deltas.some(isReasoning),
    visible,
    text: isText(content) ? content : null,
    finishReason: finishReason?.slice(0, FINISH_REASON_MAX) ?? null,
    usage,
    isUsageFlawed: isFlawed,
    error: null,
    done: false,
  };
}

/**
 * `content` is a text, or a list of parts as Mistral sends them: `[{type: "thinking" | "text", …}]`. A part is
 * empty when its texts are.
 */
function isVisible(delta: Json): boolean {
  if (isText(delta["content"]) || isText(delta["refusal"])) return true;
  if (partsOf(delta).some((part) => part["type"] !== "thinking" && isFilled(part))) return true;
  const calls = [
    ...listOf(delta["tool_calls"]).map((call) => call["function"]),
    delta["function_call"],
  ].filter(isJson);
  if (calls.some((call) => isText(call["arguments"]))) return true;
  const audio = delta["audio"];
  return isJson(audio) && (isText(audio["data"]) || isText(audio["transcript"]));
}

/** The fields in which engines and gateways stream reasoning, as a text or as a list of parts. */
const REASONING = [
  "reasoning_content",
  "reasoning",
  "reasoning_text",
  "reasoning_details",
  "thinking",
  "thinking_blocks",
  "thought",
];

const isReasoning = (delta: Json): boolean =>
  REASONING.some((name) => isFilled(delta[name])) ||
  partsOf(delta).some((part) => part["type"] === "thinking" && isFilled(part));

const partsOf = (delta: Json): Json[] => listOf(delta["content"]);

/** What names a part and does not fill it. */
const LABELS = new Set(["type", "index", "id", "format", "signature"]);

/** Whether there is a text anywhere in it. */
function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isFilled);
  if (!isJson(value)) return isText(value);
  return Object.entries(value).some(([name, part]) => !LABELS.has(name) && isFilled(part));
}

function countedIn(usage: unknown): Counted {
  if (!isJson(usage)) return { usage: null, isFlawed: usage !== undefined };
  const prompt = isJson(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const completion = isJson(usage["completion_tokens_details"]) ? usage["completion_tokens_details"] : {};
  return countedOf({
    input: usage["prompt_tokens"],
    output: usage["completion_tokens"],
    reasoning: completion["reasoning_tokens"],
    cached: prompt["cached_tokens"],
    total: usage["total_tokens"],
  });
}

/** The error of the event, or of one of its choices. */
function errorIn(event: Json, data: string): string | null {
  for (const part of [event, ...listOf(event["choices"])]) {
    const error = errorOf(part, data);
    if (error !== null) return error;
  }
  return null;
}

/** `{"error": …}` as most engines write it, or vLLM's older `{"object": "error", "message": …}`. */
function errorOf(event: Json, data: string): string | null {
  const error = event["object"] === "error" ? event : event["error"];
  if (isText(error)) return error;
  return isJson(error) ? (messageOf(error) ?? data) : null;
}

const messageOf = (error: Json | null): string | null => {
  const message = error?.["message"];
  return isText(message) ? message : null;
};
