import { chunk, DONE, STOP, word } from "@brimline/testkit/load/scripted";
import { dialectContract } from "@brimline/testkit/dialect/contract";
import { describe, expect, test } from "vitest";
import { chat } from "./chat.ts";

const delta = (fields: object, more: object = {}): object => ({
  choices: [{ index: 0, delta: fields, finish_reason: null }],
  ...more,
});
const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } };
const counts = { input: 12, output: 3, reasoning: null, cached: 8 };
const OUTPUT = { output: true, visible: true };
const NO_OUTPUT = { output: false, visible: false };

dialectContract("chat", {
  answer: [
    chunk({ role: "assistant", content: "" }),
    chunk({ reasoning_content: "hm" }),
    word("The"),
    word(" quick"),
    word(' “fox”\n"jumps"'),
    STOP,
    `data: ${JSON.stringify({ choices: [], usage })}\n\n`,
    DONE,
  ].join(""),
  chunks: 4,
  record: { finishReason: "stop", tokens: { ...counts, source: "usage" }, usageInvalid: false },
  refusals: [
    [
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
    ],
    ["Unrecognized request argument supplied: stream_options", "stream_options"],
    ["'temperature' does not support 0 with this model. Only the default (1) is.", "temperature"],
    ["Unrecognized request arguments supplied: ignore_eos, min_tokens", "ignore_eos"],
  ],
  error: 'data: {"error": {"message": "out of memory"}}\n\n',
  events: [
    ["content is output", delta({ content: "a" }), { ...OUTPUT, text: "a" }],
    ["an empty role chunk is no output", delta({ role: "assistant", content: "" }), NO_OUTPUT],
    ["reasoning is not visible", delta({ reasoning: "hm" }), { output: true, visible: false, text: null }],
    [
      "a content of parts is output without one text (Mistral)",
      delta({ content: [{ type: "text", text: "a" }] }),
      { ...OUTPUT, text: null },
    ],
    [
      "a part that thinks is not visible (Mistral)",
      delta({ content: [{ type: "thinking", thinking: [] }] }),
      { output: true, visible: false },
    ],
    [
      "the arguments of a tool call are output",
      delta({ tool_calls: [{ function: { arguments: "{" } }] }),
      { ...OUTPUT, text: null },
    ],
    ["a refusal is output", delta({ refusal: "I" }), OUTPUT],
    ["audio is output", delta({ audio: { transcript: "hi" } }), OUTPUT],
    [
      "two choices have no one text",
      { choices: [{ delta: { content: "a" } }, { delta: { content: "b" } }] },
      { ...OUTPUT, text: null },
    ],
    [
      "a finish reason stands beside the last output",
      { choices: [{ delta: { content: "a" }, finish_reason: "length" }] },
      { ...OUTPUT, finishReason: "length" },
    ],
    [
      "usage beside a delta is of the chunks so far",
      delta({}, { usage }),
      { usage: counts, finalUsage: false },
    ],
    ["usage without choices is final", { choices: [], usage }, { usage: counts, finalUsage: true }],
    ["usage of null is none", delta({}, { usage: null }), { usage: null }],
    ["negative usage is impossible", { usage: { completion_tokens: -1 } }, { usage: "impossible" }],
    ["usage that is a text is impossible", { usage: "3" }, { usage: "impossible" }],
    ["[DONE] ends the stream", "[DONE]", { done: true, output: false }],
    ["vLLM's older error is an error", { object: "error", message: "no" }, { error: "no" }],
    ["an error without a message is quoted whole", { error: { code: 1 } }, { error: '{"error":{"code":1}}' }],
    ["an event of the type error is an error, whatever its data", "gone", { error: "gone" }, "error"],
  ],
});

describe("chat completions", () => {
  const question = { model: "llama", prompt: "1a2b3c4d time year", outputTokens: 16, temperature: 0 };
  test("the body is a streamed completion of the asked length that asks for usage", () =>
    expect(chat.body(question, { without: [] })).toEqual({
      model: "llama",
      messages: [{ role: "user", content: question.prompt }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 16,
      temperature: 0,
      ignore_eos: true,
      min_tokens: 16,
    }));
  test("max_completion_tokens takes the place of max_tokens where the endpoint refuses it", () =>
    expect(chat.body(question, { without: ["max_tokens", "ignore_eos"] })).toEqual({
      model: "llama",
      messages: [{ role: "user", content: question.prompt }],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 16,
      temperature: 0,
    }));
  test("an answer in one piece is known by its choices", () => {
    expect(chat.isWhole('{"choices": [{"message": {"content": "hi"}}]}')).toBe(true);
    expect(chat.isWhole('{"detail": "Not Found"}')).toBe(false);
  });
});
