/** What one stream event of a chat completion means, in the dialects of the engines that speak it. */

/** Token counts as the endpoint reports them. A count that it does not report is null. */
export interface Usage {
  input: number | null;
  output: number | null;
  reasoning: number | null;
  cached: number | null;
}

export interface Chunk {
  /** Whether it carries output: non-empty content, reasoning, a tool-call argument, a refusal or audio. */
  output: boolean;
  /** Whether it carries output that a reader sees, which reasoning is not. */
  visible: boolean;
  finishReason: string | null;
  /** "impossible" means that a count cannot be true: it is negative, not finite, fractional or a string. */
  usage: Usage | "impossible" | null;
  /**
   * Whether the usage is that of the whole request. Then it came without choices or with the finish reason,
   * not beside a delta.
   */
  finalUsage: boolean;
  /** An error that the endpoint reports inside the stream. */
  error: string | null;
}

/** No request asks for more than a million tokens, so a count far above that cannot be true. */
const TOKENS_MAX = 10_000_000;
const FINISH_REASON_MAX = 64;

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The meaning of a stream event's data. It is null if the data is not a JSON object. */
export function readChunk(data: string): Chunk | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isJson(parsed)) return null;
  const choices = listOf(parsed["choices"]);
  const deltas = choices.map((choice) => choice["delta"]).filter(isJson);
  const visible = deltas.some(isVisible);
  const finishReason = choices.map((choice) => choice["finish_reason"]).find(isText);
  return {
    output: visible || deltas.some(isReasoning),
    visible,
    finishReason: finishReason?.slice(0, FINISH_REASON_MAX) ?? null,
    usage: readUsage(parsed["usage"]),
    finalUsage: choices.length === 0 || finishReason !== undefined,
    error: readError(parsed, data),
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

function readUsage(usage: unknown): Usage | "impossible" | null {
  if (!isJson(usage)) return usage === undefined || usage === null ? null : "impossible";
  const prompt = isJson(usage["prompt_tokens_details"]) ? usage["prompt_tokens_details"] : {};
  const completion = isJson(usage["completion_tokens_details"]) ? usage["completion_tokens_details"] : {};
  const counts = [
    usage["prompt_tokens"],
    usage["completion_tokens"],
    completion["reasoning_tokens"],
    prompt["cached_tokens"],
  ].map((count) => count ?? null);
  if (!counts.every(isCount)) return "impossible";
  const [input = null, output = null, reasoning = null, cached = null] = counts;
  return input === null && output === null ? null : { input, output, reasoning, cached };
}

const isCount = (count: unknown): count is number | null =>
  count === null ||
  (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX);

/** `{"error": …}` as most engines write it, or vLLM's older `{"object": "error", "message": …}`. */
function readError(chunk: Json, data: string): string | null {
  const error = chunk["object"] === "error" ? chunk : chunk["error"];
  if (isText(error)) return error;
  if (!isJson(error)) return null;
  return isText(error["message"]) ? error["message"] : data;
}
