import { dialectContract } from "@brimline/testkit/dialect/contract";
import { describe, expect, test } from "vitest";
import { messages } from "./messages.ts";

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const delta = (fields: object): object => ({ type: "content_block_delta", index: 0, delta: fields });
const word = (text: string): string => event("content_block_delta", delta({ type: "text_delta", text }));
const started = (usage: object): object => ({
  type: "message_start",
  message: { id: "msg_1", type: "message", role: "assistant", content: [], stop_reason: null, usage },
});
const ended = (stopReason: string, usage: object | null = { output_tokens: 15 }): object => ({
  type: "message_delta",
  delta: { stop_reason: stopReason, stop_sequence: null },
  usage,
});
const START = {
  input_tokens: 4,
  cache_creation_input_tokens: 6,
  cache_read_input_tokens: 8,
  output_tokens: 1,
};
const NO_OUTPUT = { output: false, visible: false, text: null };
const counts = { input: 18, output: 1, reasoning: null, cached: 8 };

dialectContract("messages", {
  answer: [
    event("message_start", started(START)),
    event("content_block_start", { index: 0, content_block: { type: "thinking", thinking: "" } }),
    event("ping"),
    event("content_block_delta", delta({ type: "thinking_delta", thinking: "hm" })),
    event("content_block_delta", delta({ type: "signature_delta", signature: "EqQBCgIYAhIM" })),
    event("content_block_stop", { index: 0 }),
    event("content_block_start", { index: 1, content_block: { type: "text", text: "" } }),
    word("The"),
    word(" quick"),
    word(' “fox”\n"jumps"'),
    event("content_block_stop", { index: 1 }),
    event(
      "message_delta",
      ended("max_tokens", { output_tokens: 15, output_tokens_details: { thinking_tokens: 2 } }),
    ),
    event("message_stop"),
  ].join(""),
  chunks: 4,
  record: {
    finishReason: "length",
    tokens: { input: 18, output: 15, reasoning: 2, cached: 8, source: "usage" },
    usageInvalid: false,
  },
  refusals: [["`temperature` is deprecated for this model.", "temperature"]],
  error: event("error", { error: { type: "overloaded_error", message: "Overloaded" } }),
  events: [
    [
      "a text is output",
      delta({ type: "text_delta", text: "a" }),
      { output: true, visible: true, text: "a" },
    ],
    ["an empty text is no output", delta({ type: "text_delta", text: "" }), NO_OUTPUT],
    [
      "thinking is not visible",
      delta({ type: "thinking_delta", thinking: "hm" }),
      { output: true, visible: false, text: null },
    ],
    ["a signature is no output", delta({ type: "signature_delta", signature: "EqQB" }), NO_OUTPUT],
    [
      "the input of a tool call is output",
      delta({ type: "input_json_delta", partial_json: '{"a"' }),
      { output: true, visible: true, text: null },
    ],
    [
      "a block that begins empty is no output",
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      NO_OUTPUT,
    ],
    [
      "a tool call that begins is no output",
      { type: "content_block_start", content_block: { type: "tool_use", id: "t", name: "f", input: {} } },
      NO_OUTPUT,
    ],
    [
      "thinking that is withheld comes whole, and is not visible",
      { type: "content_block_start", content_block: { type: "redacted_thinking", data: "EmwKAhgB" } },
      { output: true, visible: false, text: null },
    ],
    [
      "the input is what was read from the cache, what was written to it, and the rest",
      started(START),
      { usage: counts, isUsageFlawed: false, output: false },
    ],
    [
      "an endpoint without a cache names no cached tokens (vLLM)",
      started({ input_tokens: 18, output_tokens: 0 }),
      { usage: { input: 18, output: 0, reasoning: null, cached: null }, isUsageFlawed: false },
    ],
    [
      "the counts at the end are of the whole answer",
      ended("end_turn"),
      { usage: { input: null, output: 15, reasoning: null, cached: null }, finishReason: "end_turn" },
    ],
    ["an answer of the allowed length ends by length", ended("max_tokens"), { finishReason: "length" }],
    ["a refusal is no error", ended("refusal"), { finishReason: "refusal", error: null }],
    ["usage of null is none", ended("end_turn", null), { usage: null, isUsageFlawed: false }],
    [
      "a count that cannot be is dropped, and the rest stays",
      started({ ...START, cache_read_input_tokens: -8 }),
      { usage: { ...counts, input: 10, cached: null }, isUsageFlawed: true },
    ],
    [
      "so is one of tokens that went into the cache",
      started({ ...START, cache_creation_input_tokens: "6" }),
      { usage: { ...counts, input: 12 }, isUsageFlawed: true },
    ],
    ["usage that is a text cannot be", ended("end_turn", "3" as never), { usage: null, isUsageFlawed: true }],
    ["an answer that was given up is an error", ended("error"), { error: "the finish reason is error" }],
    ["a ping says nothing", { type: "ping" }, { ...NO_OUTPUT, done: false, error: null }],
    ["an event of a kind to come says nothing", { type: "compaction", text: "a" }, NO_OUTPUT],
    ["message_stop ends the stream", { type: "message_stop" }, { done: true, output: false }],
    ["so does [DONE], which gateways write", "[DONE]", { done: true }],
    [
      "an event is known by its event line where its data do not name it",
      { index: 0, delta: { type: "text_delta", text: "a" } },
      { text: "a" },
      "content_block_delta",
    ],
    ["an error of a gateway is an error", { error: { message: "no backend" } }, { error: "no backend" }],
    ["an event of the type error is an error, whatever its data", "gone", { error: "gone" }, "error"],
  ],
});

describe("messages", () => {
  const question = { model: "claude", prompt: "1a2b3c4d time year", outputTokens: 16, temperature: 0 };
  test("the body is a streamed message of the asked length", () =>
    expect(messages.body(question, { without: [] })).toEqual({
      model: "claude",
      messages: [{ role: "user", content: question.prompt }],
      stream: true,
      max_tokens: 16,
      temperature: 0,
    }));
  test("an answer in one piece is known by its type", () => {
    expect(messages.isWhole('{"type": "message", "content": [{"type": "text", "text": "hi"}]}')).toBe(true);
    expect(messages.isWhole('{"type": "error", "error": {"message": "no"}}')).toBe(false);
  });
});
