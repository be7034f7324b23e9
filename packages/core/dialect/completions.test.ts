import { dialectContract } from "@brimline/testkit/dialect/contract";
import { DONE } from "@brimline/testkit/load/scripted";
import { describe, expect, test } from "vitest";
import { completions } from "./completions.ts";

const choice = (text: string, more: object = {}): object => ({
  choices: [{ index: 0, text, logprobs: null, finish_reason: null, ...more }],
});
const chunk = (text: string, finishReason: string | null = null): string => {
  const head = { id: "cmpl-1", object: "text_completion", created: 1690759702, model: "m" };
  return `data: ${JSON.stringify({ ...head, ...choice(text, { finish_reason: finishReason }) })}\n\n`;
};
const usage = {
  prompt_tokens: 12,
  completion_tokens: 4,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 8 },
};
const counts = { input: 12, output: 4, reasoning: null, cached: 8 };
const NO_OUTPUT = { output: false, visible: false, text: null };

dialectContract("completions", {
  answer: [
    ...["The", " quick", ' “fox”\n"jumps"'].map((text) => chunk(text)),
    chunk(" over", "length"),
    `data: ${JSON.stringify({ choices: [], usage })}\n\n`,
    DONE,
  ].join(""),
  chunks: 4,
  record: { finishReason: "length", tokens: { ...counts, source: "usage" }, usageInvalid: false },
  refusals: [
    ["Unrecognized request argument supplied: stream_options", "stream_options"],
    ["Extra inputs are not permitted: temperature", "temperature"],
    ["Unrecognized request arguments supplied: ignore_eos, min_tokens", "ignore_eos"],
  ],
  error: 'data: {"error": {"message": "out of memory", "type": "server_error"}}\n\n',
  events: [
    ["a text is output", choice("a"), { output: true, visible: true, text: "a" }],
    ["an empty text is no output", choice(""), NO_OUTPUT],
    [
      "the last text may stand beside the finish reason",
      choice("a", { finish_reason: "stop" }),
      { output: true, text: "a", finishReason: "stop" },
    ],
    [
      "two choices have no one text",
      { choices: [{ text: "a" }, { text: "" }] },
      { output: true, visible: true, text: null },
    ],
    [
      "reasoning is not visible",
      choice("", { reasoning: "hm" }),
      { output: true, visible: false, text: null },
    ],
    ["a chat's delta is no output", { choices: [{ delta: { content: "a" } }] }, NO_OUTPUT],
    ["usage is read without choices", { choices: [], usage }, { usage: counts, isUsageFlawed: false }],
    ["usage is read beside a text", { ...choice("a"), usage }, { usage: counts, text: "a" }],
    ["usage of null is none", { ...choice("a"), usage: null }, { usage: null, isUsageFlawed: false }],
    [
      "a total that is no sum of its parts cannot be",
      { usage: { ...usage, total_tokens: 17 } },
      { usage: counts, isUsageFlawed: true },
    ],
    [
      "an answer that was given up is an error (vLLM)",
      choice("", { finish_reason: "abort" }),
      { error: "the finish reason is abort" },
    ],
    [
      "an error inside a choice is an error",
      { choices: [{ text: "", error: "no backend" }] },
      { error: "no backend" },
    ],
    ["[DONE] ends the stream", "[DONE]", { done: true, output: false }],
    ["an event of the type error is an error, whatever its data", "gone", { error: "gone" }, "error"],
  ],
});

describe("completions", () => {
  const question = { model: "llama", prompt: "1a2b3c4d time year", outputTokens: 16, temperature: 0 };
  test("the body has the plain prompt, and asks for usage and the asked length", () =>
    expect(completions.body(question, { without: [] })).toEqual({
      model: "llama",
      prompt: question.prompt,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 16,
      temperature: 0,
      ignore_eos: true,
      min_tokens: 16,
    }));
  test("an answer in one piece is known by its choices", () => {
    expect(completions.isWhole('{"choices": [{"text": "hi"}]}')).toBe(true);
    expect(completions.isWhole('{"detail": "Not Found"}')).toBe(false);
  });
});
