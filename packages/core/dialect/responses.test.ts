import { dialectContract } from "@brimline/testkit/dialect/contract";
import { describe, expect, test } from "vitest";
import { responses } from "./responses.ts";

let number = 0;
const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number++, ...fields })}\n\n`;
const PLACE = { item_id: "msg_1", output_index: 0, content_index: 0 };
const word = (delta: string): string =>
  event("response.output_text.delta", { ...PLACE, delta, logprobs: [] });
const delta = (type: string, text: string): object => ({
  type: `response.${type}.delta`,
  ...PLACE,
  delta: text,
});
const last = (type: string, response: object): object => ({ type: `response.${type}`, response });
const usage = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 21,
};
const counts = { input: 12, output: 9, reasoning: 2, cached: 8 };
const NO_OUTPUT = { output: false, visible: false, text: null };
const cut = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, error: null, usage };

dialectContract("responses", {
  answer: [
    event("response.created", { response: { status: "in_progress", error: null, usage: null, output: [] } }),
    event("response.in_progress", {
      response: { status: "in_progress", error: null, usage: null, output: [] },
    }),
    event("response.output_item.added", {
      output_index: 0,
      item: { id: "rs_1", type: "reasoning", summary: [] },
    }),
    event("response.reasoning_summary_text.delta", { ...PLACE, summary_index: 0, delta: "hm" }),
    event("response.reasoning_summary_text.done", { ...PLACE, summary_index: 0, text: "hm" }),
    event("response.output_item.added", {
      output_index: 1,
      item: { id: "msg_1", type: "message", content: [] },
    }),
    event("response.content_part.added", { ...PLACE, part: { type: "output_text", text: "" } }),
    word("The"),
    word(" quick"),
    word(' “fox”\n"jumps"'),
    event("response.output_text.done", { ...PLACE, text: 'The quick “fox”\n"jumps"' }),
    event("response.content_part.done", { ...PLACE, part: { type: "output_text", text: "The quick" } }),
    event("response.incomplete", { response: cut }),
  ].join(""),
  chunks: 4,
  record: { finishReason: "length", tokens: { ...counts, source: "usage" }, usageInvalid: false },
  refusals: [
    ["Unsupported parameter: 'temperature' is not supported with this model.", "temperature"],
    ["Unknown parameter: 'store'.", "store"],
    ["Unknown parameter: 'ignore_eos'.", "ignore_eos"],
  ],
  error: event("error", { code: "server_error", message: "out of memory", param: null }),
  events: [
    ["a text is output", delta("output_text", "a"), { output: true, visible: true, text: "a" }],
    ["an empty text is no output", delta("output_text", ""), NO_OUTPUT],
    ...["reasoning_summary_text", "reasoning_text"].map((type): [string, object, object] => [
      `${type} is not visible`,
      delta(type, "hm"),
      { output: true, visible: false, text: null },
    ]),
    ...["refusal", "function_call_arguments", "audio.transcript"].map((type): [string, object, object] => [
      `${type} is output`,
      delta(type, "a"),
      { output: true, visible: true },
    ]),
    [
      "the whole text at its end is no output",
      { type: "response.output_text.done", text: "a b c" },
      NO_OUTPUT,
    ],
    ["an event of a kind to come says nothing", { type: "response.dreamt", delta: "a" }, NO_OUTPUT],
    [
      "response.completed ends the answer with its usage",
      last("completed", { status: "completed", error: null, usage }),
      { done: true, finishReason: "completed", usage: counts, isUsageFlawed: false, error: null },
    ],
    [
      "so does response.incomplete, by length",
      last("incomplete", cut),
      { done: true, finishReason: "length", usage: counts },
    ],
    [
      "the status says that it was cut (vLLM)",
      last("completed", cut),
      { done: true, finishReason: "length" },
    ],
    [
      "a filter that ended an answer is no error",
      last("incomplete", { status: "incomplete", incomplete_details: { reason: "content_filter" } }),
      { done: true, finishReason: "content_filter", error: null },
    ],
    [
      "an endpoint without details names neither reasoning nor cache (llama.cpp)",
      last("completed", { usage: { input_tokens: 12, output_tokens: 9, total_tokens: 21 } }),
      { usage: { input: 12, output: 9, reasoning: null, cached: null }, finishReason: "completed" },
    ],
    ["usage of null is none", last("completed", { usage: null }), { usage: null, isUsageFlawed: false }],
    [
      "a detail that cannot be is dropped, and the rest stays",
      last("completed", { usage: { ...usage, input_tokens_details: { cached_tokens: 13 } } }),
      { usage: { ...counts, cached: null }, isUsageFlawed: true },
    ],
    [
      "an answer that failed is an error with the server's words",
      last("failed", { status: "failed", error: { code: "server_error", message: "The model failed" } }),
      { error: "The model failed", done: false },
    ],
    [
      "so is one that names no cause",
      last("failed", { error: null }),
      { error: "the finish reason is failed" },
    ],
    [
      "so is one that was cancelled",
      last("completed", { status: "cancelled", error: null }),
      { error: "the finish reason is cancelled" },
    ],
    [
      "an error may stand in a field of its own",
      { type: "error", error: { message: "no" } },
      { error: "no" },
    ],
    ["[DONE], which gateways write, ends the stream too", "[DONE]", { done: true }],
    ["an event of the type error is an error, whatever its data", "gone", { error: "gone" }, "error"],
  ],
});

describe("responses", () => {
  const question = { model: "gpt", prompt: "1a2b3c4d time year", outputTokens: 16, temperature: 0 };
  test("unseen reasoning gets room beside the asked tokens", () =>
    expect(responses.body(question, { without: [], roomTokens: 1024 })).toMatchObject({
      max_output_tokens: 1040,
    }));
  test("the body is a streamed response of the asked length, which the endpoint need not keep", () =>
    expect(responses.body(question, { without: [] })).toEqual({
      model: "gpt",
      input: question.prompt,
      stream: true,
      max_output_tokens: 16,
      temperature: 0,
      store: false,
      ignore_eos: true,
    }));
  test("an answer in one piece is known by its object", () => {
    expect(responses.isWhole('{"id": "resp_1", "object": "response", "output": []}')).toBe(true);
    expect(responses.isWhole('{"detail": "Not Found"}')).toBe(false);
  });
});
