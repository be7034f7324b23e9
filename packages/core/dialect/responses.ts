import { type Dialect, DONE, type EndpointTraits, NOTHING, type Question, type Reading } from "./dialect.ts";
import { errorIn, finishOf, isJson, isText, type Json, jsonOf, typeOf } from "./json.ts";
import { COMPLETION_END, UNREAD } from "./openai.ts";
import { type Counted, countedOf } from "./usage.ts";

/**
 * OpenAI's responses, which vLLM and llama.cpp speak too.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export const responses: Dialect = {
  path: "responses",
  headers: {},
  keyHeader: "authorization",
  streams: true,
  takesImages: false,
  unread: { ofAnswers: ["item_id"], ofEvents: ["sequence_number", ...UNREAD.ofEvents] },
  reservedFields: ["model", "input", "stream", "max_output_tokens", "temperature", "store", "ignore_eos"],
  options: [
    // OpenAI's reasoning models refuse it.
    { name: "temperature", isBlamed: (text) => /temperature/.test(text), isSpare: true },
    // Without it OpenAI keeps every answer for 30 days.
    { name: "store", isBlamed: (text) => /\bstore\b/.test(text), isSpare: true },
    { name: "ignore_eos", isBlamed: (text) => /ignore_eos/.test(text), isSpare: true },
  ],
  lengthOption: "ignore_eos",
  body,
  read,
  isWhole: (text) => /"object"\s*:\s*"response"/.test(text),
  words: {
    kind: "OpenAI's responses",
    request: "response",
    server: "server that speaks OpenAI's responses",
    end: "response.completed",
    outputs: "text, reasoning, refusal or tool call",
  },
};

function body(
  { model, prompt, outputTokens, temperature }: Question,
  { without, roomTokens = 0 }: EndpointTraits,
): Record<string, unknown> {
  const has = (option: string): boolean => !without.includes(option);
  return {
    model,
    input: prompt,
    stream: true,
    max_output_tokens: outputTokens + roomTokens,
    ...(has("temperature") && { temperature }),
    ...(has("store") && { store: false }),
    ...(has("ignore_eos") && { ignore_eos: true }),
  };
}

const DELTA = /^response\.(reasoning)?[\w.]*\.delta$/;
const LAST = /^response\.(completed|incomplete|failed|cancelled)$/;

function read(data: string, type: string): Reading | null {
  // Gateways end every stream so.
  if (data === COMPLETION_END) return DONE;
  const event = jsonOf(data);
  const kind = typeOf(event, type);
  const response = isJson(event?.["response"]) ? event["response"] : null;
  const error = errorIn([event, response], data, kind);
  if (error !== null) return { ...NOTHING, error };
  if (event === null) return null;
  const last = LAST.exec(kind)?.[1];
  if (last !== undefined) return lastOf(last, response ?? {});
  const delta = DELTA.exec(kind);
  const text = event["delta"];
  if (delta === null || !isText(text)) return NOTHING;
  const visible = delta[1] === undefined;
  return { ...NOTHING, output: true, visible, text: visible ? text : null };
}

/** How the answer ended. vLLM names an answer that was cut `completed`, and says otherwise in its status. */
function lastOf(last: string, response: Json): Reading {
  const { status, incomplete_details: details } = response;
  const end = last === "completed" && isText(status) ? status : last;
  const reason = isJson(details) && isText(details["reason"]) ? details["reason"] : end;
  const finish = finishOf(
    end === "incomplete" ? (/^max_(?:output_)?tokens$/.test(reason) ? "length" : reason) : end,
  );
  if (finish.error !== null) return { ...NOTHING, ...finish };
  const { usage, isFlawed } = countedIn(response["usage"] ?? undefined);
  return { ...NOTHING, ...finish, usage, isUsageFlawed: isFlawed, done: true };
}

function countedIn(usage: unknown): Counted {
  if (!isJson(usage)) return { usage: null, isFlawed: usage !== undefined };
  const input = isJson(usage["input_tokens_details"]) ? usage["input_tokens_details"] : {};
  const output = isJson(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  return countedOf({
    input: usage["input_tokens"],
    output: usage["output_tokens"],
    reasoning: output["reasoning_tokens"],
    cached: input["cached_tokens"],
    total: usage["total_tokens"],
  });
}
