import { type Dialect, DONE, NOTHING, type Reading } from "./dialect.ts";
import { errorIn, finishOf, isJson, isText, type Json, jsonOf, typeOf } from "./json.ts";
import { COMPLETION_END } from "./openai.ts";
import { isFilled, isReasoning } from "./parts.ts";
import { type Counted, countedOf, isCount } from "./usage.ts";

/**
 * Anthropic's messages, which vLLM, llama.cpp and gateways speak too.
 * https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export const messages: Dialect = {
  path: "messages",
  headers: { "anthropic-version": "2023-06-01" },
  keyHeader: "x-api-key",
  streams: true,
  takesImages: false,
  unread: { ofAnswers: [], ofEvents: [] },
  reservedFields: ["model", "messages", "stream", "max_tokens", "temperature"],
  // Anthropic's newer models refuse it.
  options: [{ name: "temperature", isBlamed: (text) => /temperature/.test(text), isSpare: true }],
  lengthOption: null,
  body: ({ model, prompt, outputTokens, temperature }, { without }) => ({
    model,
    messages: [{ role: "user", content: prompt }],
    stream: true,
    max_tokens: outputTokens,
    ...(!without.includes("temperature") && { temperature }),
  }),
  read,
  isWhole: (text) => /"type"\s*:\s*"message"/.test(text),
  words: {
    kind: "Anthropic's messages",
    request: "message",
    server: "server that speaks Anthropic's messages",
    end: "message_stop",
    outputs: "text, thinking or tool call",
  },
};

function read(data: string, type: string): Reading | null {
  // Gateways end every stream so.
  if (data === COMPLETION_END) return DONE;
  const event = jsonOf(data);
  const kind = typeOf(event, type);
  const error = errorIn([event], data, kind);
  if (error !== null) return { ...NOTHING, error };
  if (event === null) return null;
  switch (kind) {
    case "message_start":
      return { ...NOTHING, ...countedIn(isJson(event["message"]) ? event["message"] : {}) };
    case "content_block_start":
      return { ...NOTHING, ...outputOf(event["content_block"]) };
    case "content_block_delta":
      return { ...NOTHING, ...outputOf(event["delta"]) };
    case "message_delta":
      return { ...NOTHING, ...finishIn(event["delta"]), ...countedIn(event) };
    case "message_stop":
      return DONE;
    default:
      return NOTHING;
  }
}

/** What a block carries when it begins (thinking that is withheld comes whole), or a delta of it. */
function outputOf(part: unknown): Pick<Reading, "output" | "visible" | "text"> {
  if (!isJson(part)) return { output: false, visible: false, text: null };
  const { text } = part;
  const visible = isText(text) || isText(part["partial_json"]) || isFilled(part["input"]);
  const isThought = isReasoning(part) || isText(part["data"]);
  return { output: visible || isThought, visible, text: isText(text) ? text : null };
}

function finishIn(delta: unknown): Pick<Reading, "finishReason" | "error"> {
  const reason = isJson(delta) && isText(delta["stop_reason"]) ? delta["stop_reason"] : undefined;
  return finishOf(reason === "max_tokens" ? "length" : reason);
}

/** The counts so far. The input is all that was read, whether it came from the cache, went into it, or neither. */
function countedIn({ usage }: Json): Pick<Reading, "usage" | "isUsageFlawed"> {
  if (!isJson(usage)) return { usage: null, isUsageFlawed: usage !== undefined && usage !== null };
  const { input_tokens: uncached, cache_read_input_tokens: cached = null } = usage;
  const written = usage["cache_creation_input_tokens"] ?? null;
  const beside = [cached, written].map((count) => (isCount(count) ? (count ?? 0) : 0));
  const input =
    typeof uncached === "number" ? beside.reduce((sum, count) => sum + count, uncached) : uncached;
  const details = isJson(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const counted: Counted = countedOf({
    input,
    output: usage["output_tokens"],
    reasoning: details["thinking_tokens"],
    cached,
    total: null,
  });
  return { usage: counted.usage, isUsageFlawed: counted.isFlawed || !isCount(written) };
}
