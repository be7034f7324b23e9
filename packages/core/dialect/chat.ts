import type { Dialect, EndpointTraits, Question, Reading } from "./dialect.ts";
import { isJson, isText, type Json, listOf } from "./json.ts";
import { COMPLETION_END, COMPLETION_OPTIONS, completionFields, readCompletion, UNREAD } from "./openai.ts";
import { isFilled, isReasoning } from "./parts.ts";

/** OpenAI's chat completions, as the engines that speak them differ. */
export const chat: Dialect = {
  path: "chat/completions",
  headers: {},
  keyHeader: "authorization",
  streams: true,
  takesImages: true,
  unread: UNREAD,
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
    ...COMPLETION_OPTIONS,
  ],
  lengthOption: "ignore_eos",
  body,
  read: (data, type) => readCompletion(data, type, outputOf),
  isWhole: (text) => /"choices"\s*:/.test(text),
  words: {
    kind: "OpenAI's chat completions",
    request: "chat completion",
    server: "OpenAI-compatible LLM server",
    end: COMPLETION_END,
    outputs: "content, reasoning, tool call, refusal or audio",
  },
};

function body(question: Question, traits: EndpointTraits): Record<string, unknown> {
  const length = traits.without.includes("max_tokens") ? "max_completion_tokens" : "max_tokens";
  return completionFields(question, traits, {
    prompt: { messages: [{ role: "user", content: contentOf(question) }] },
    length: { [length]: question.outputTokens + (traits.roomTokens ?? 0) },
  });
}

/** A text, or a list of parts where images stand after it. */
const contentOf = ({ prompt, images = [] }: Question): unknown =>
  images.length === 0
    ? prompt
    : [{ type: "text", text: prompt }, ...images.map((url) => ({ type: "image_url", image_url: { url } }))];

function outputOf(choices: Json[]): Pick<Reading, "output" | "visible" | "text"> {
  // Some servers call a delta a message, as it is called in an answer that comes in one piece.
  const deltas = choices.map((choice) => choice["delta"] ?? choice["message"]).filter(isJson);
  const visible = deltas.some(isVisible);
  const content = deltas.length === 1 ? deltas[0]?.["content"] : null;
  return { output: visible || deltas.some(isThought), visible, text: isText(content) ? content : null };
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

const isThought = (delta: Json): boolean =>
  isReasoning(delta) || partsOf(delta).some((part) => part["type"] === "thinking" && isFilled(part));

const partsOf = (delta: Json): Json[] => listOf(delta["content"]);
