import { chunk, DONE, STOP, word } from "@brimline/testkit/load/scripted";
import { dialectContract } from "@brimline/testkit/dialect/contract";
import { describe, expect, test } from "vitest";
import { chat } from "./chat.ts";

const delta = (fields: object, more: object = {}): object => ({
  choices: [{ index: 0, delta: fields, finish_reason: null }],
  ...more,
});
const usage = { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 8 } };
const reasoned = (completion: number, reasoning: number, total?: number): object => ({
  prompt_tokens: 20,
  completion_tokens: completion,
  completion_tokens_details: { reasoning_tokens: reasoning },
  ...(total !== undefined && { total_tokens: total }),
});
const finished = (reason: string): object => ({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
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
    [
      "a message in place of a delta is output",
      { choices: [{ message: { content: "a" } }] },
      { ...OUTPUT, text: "a" },
    ],
    ["an empty role chunk is no output", delta({ role: "assistant", content: "" }), NO_OUTPUT],
    ["reasoning is not visible", delta({ reasoning: "hm" }), { output: true, visible: false, text: null }],
    [
      "a content of parts is output without one text (Mistral)",
      delta({ content: [{ type: "text", text: "a" }] }),
      { ...OUTPUT, text: null },
    ],
    ["a content of empty parts is no output", delta({ content: [{ type: "text", text: "" }] }), NO_OUTPUT],
    [
      "a part that thinks is not visible (Mistral)",
      delta({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
      { output: true, visible: false },
    ],
    [
      "a part that has thought nothing is no output",
      delta({ content: [{ type: "thinking", thinking: [], closed: true }] }),
      NO_OUTPUT,
    ],
    ...["reasoning_content", "reasoning_text", "thinking"].map((name): [string, object, object] => [
      `${name} is reasoning`,
      delta({ [name]: "hm" }),
      { output: true, visible: false },
    ]),
    [
      "reasoning in parts is reasoning (OpenRouter)",
      delta({ reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] }),
      { output: true, visible: false },
    ],
    [
      "reasoning in parts without a text is no output",
      delta({ reasoning_details: [{ type: "reasoning.text", text: "", format: "x" }] }),
      NO_OUTPUT,
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
      "numbers that only Python's JSON has are read",
      '{"choices": [{"delta": {"content": "a: NaN,"}, "logprobs": [NaN, -Infinity]}]}',
      { ...OUTPUT, text: "a: NaN," },
    ],
    [
      "a finish reason may be a part of that type",
      { choices: [{ delta: {}, finish_reason: { type: "length", length: 16 } }] },
      { finishReason: "length" },
    ],
    ["usage is read beside a delta", delta({}, { usage }), { usage: counts }],
    ["usage is read without choices", { choices: [], usage }, { usage: counts, isUsageFlawed: false }],
    ["usage is read inside a choice", { choices: [{ delta: {}, usage }] }, { usage: counts }],
    ["usage of null is none", delta({}, { usage: null }), { usage: null, isUsageFlawed: false }],
    ["negative usage cannot be", { usage: { completion_tokens: -1 } }, { usage: null, isUsageFlawed: true }],
    ["usage that is a text cannot be", { usage: "3" }, { usage: null, isUsageFlawed: true }],
    [
      "a detail that cannot be is dropped, and the rest stays",
      { usage: { ...usage, prompt_tokens_details: { cached_tokens: 13 } } },
      { usage: { ...counts, cached: null }, isUsageFlawed: true },
    ],
    [
      "reasoning beside the completion belongs to the output, as the total shows (xAI)",
      { usage: reasoned(12, 40, 72) },
      { usage: { input: 20, output: 52, reasoning: 40, cached: null }, isUsageFlawed: false },
    ],
    [
      "more reasoning than completion stands beside it, where there is no total",
      { usage: reasoned(12, 40) },
      { usage: { input: 20, output: 52, reasoning: 40, cached: null }, isUsageFlawed: false },
    ],
    [
      "a completion of nothing but reasoning may say so in its details alone (Gemini)",
      { usage: reasoned(0, 60, 80) },
      { usage: { input: 20, output: 60, reasoning: 60, cached: null }, isUsageFlawed: false },
    ],
    [
      "reasoning within the completion is part of it",
      { usage: reasoned(52, 40, 72) },
      { usage: { input: 20, output: 52, reasoning: 40, cached: null }, isUsageFlawed: false },
    ],
    [
      "more reasoning than a completion that has its total cannot be",
      { usage: reasoned(12, 40, 32) },
      { usage: { input: 20, output: 12, reasoning: null, cached: null }, isUsageFlawed: true },
    ],
    [
      "a total that is no sum of its parts cannot be",
      { usage: { prompt_tokens: 20, completion_tokens: 12, total_tokens: 99 } },
      { usage: { input: 20, output: 12, reasoning: null, cached: null }, isUsageFlawed: true },
    ],
    [
      "a total of more than its parts is flagged, and they stay (Gemini without details)",
      { usage: { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 } },
      { usage: { input: 20, output: 198, reasoning: null, cached: null }, isUsageFlawed: true },
    ],
    [
      "usage may have the names of other dialects (mlx-vlm)",
      { usage: { input_tokens: 11, output_tokens: 5, total_tokens: 16, prompt_tps: 21.55 } },
      { usage: { input: 11, output: 5, reasoning: null, cached: null }, isUsageFlawed: false },
    ],
    [
      "usage may stand in a part of the gateway's own (Groq)",
      { ...finished("stop"), x_groq: { id: "req", usage: { prompt_tokens: 23, completion_tokens: 19 } } },
      { usage: { input: 23, output: 19, reasoning: null, cached: null }, finishReason: "stop" },
    ],
    [
      "details may stand beside the totals (SGLang, DeepSeek)",
      {
        usage: {
          prompt_tokens: 20,
          completion_tokens: 9,
          total_tokens: 29,
          reasoning_tokens: 4,
          prompt_cache_hit_tokens: 16,
          prompt_cache_miss_tokens: 4,
        },
      },
      { usage: { input: 20, output: 9, reasoning: 4, cached: 16 }, isUsageFlawed: false },
    ],
    [
      "an answer that was given up is an error (vLLM)",
      finished("abort"),
      { error: "the finish reason is abort" },
    ],
    ["so is one of a gateway that failed", finished("error"), { error: "the finish reason is error" }],
    ...["cancelled", "timeout", "insufficient_system_resource", "network_error", "USER_CANCEL"].map(
      (reason): [string, object, object] => [
        `${reason} is a failure, too`,
        finished(reason),
        { error: `the finish reason is ${reason}` },
      ],
    ),
    ...["content_filter", "sensitive", "repetition", "eos_token", "model_context_window_exceeded"].map(
      (reason): [string, object, object] => [`${reason} is no failure`, finished(reason), { error: null }],
    ),
    ...Object.entries({
      "a text (TGI)": { error: "Request failed during generation: overloaded", error_type: "generation" },
      "a flag": { error: true, message: "overloaded" },
      "a list (Cloudflare)": { success: false, errors: [{ code: 7003, message: "overloaded" }] },
      "a detail (FastAPI)": { detail: "overloaded" },
      "a code and a message (Alibaba)": { code: "InternalError", message: "overloaded", request_id: "1" },
      "a part of the gateway's own (Groq)": { ...delta({}), x_groq: { error: "overloaded" } },
    }).map(([how, event]): [string, unknown, object] => [
      `an error may be ${how}`,
      event,
      { error: expect.stringContaining("overloaded") as string },
    ]),
    ["no error is none", { ...delta({ content: "a" }), error: null, errors: [], code: 200 }, { error: null }],
    [
      "an error inside a choice is an error",
      { choices: [{ delta: {}, error: { message: "no backend" } }] },
      { error: "no backend" },
    ],
    ...["[DONE]", '"[DONE]"', "[done]", "DONE"].map((end): [string, string, object] => [
      `${end} ends the stream`,
      end,
      { done: true, output: false },
    ]),
    ["text that speaks of [DONE] does not", delta({ content: "[DONE]" }), { ...OUTPUT, done: false }],
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
  test("unseen reasoning gets room beside the asked tokens", () =>
    expect(chat.body(question, { without: ["ignore_eos"], roomTokens: 1024 })).toMatchObject({
      max_tokens: 1040,
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
  test("images stand after the text, each as a part", () =>
    expect(chat.body({ ...question, images: ["data:a", "data:b"] }, { without: [] })).toMatchObject({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: question.prompt },
            { type: "image_url", image_url: { url: "data:a" } },
            { type: "image_url", image_url: { url: "data:b" } },
          ],
        },
      ],
    }));
  test("an answer in one piece is known by its choices", () => {
    expect(chat.isWhole('{"choices": [{"message": {"content": "hi"}}]}')).toBe(true);
    expect(chat.isWhole('{"detail": "Not Found"}')).toBe(false);
  });
});
