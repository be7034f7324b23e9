import { describe, expect, test } from "vitest";
import { promptText, requestBody, type EndpointTraits } from "./prompt.ts";
import { requestSize } from "./schedule.ts";
import { JobSpec, RESERVED_BODY_FIELDS, type JobRequest } from "./spec.ts";

const spec = (part: Partial<JobRequest> = {}): JobSpec =>
  JobSpec.parse({ endpoint: { url: "http://h/v1", model: "llama" }, levels: [1], ...part });
const size = (index: number) => requestSize(index, index + 1, { inputTokens: 32, outputTokens: 16 });
const traits: EndpointTraits = {
  maxTokensField: "max_tokens",
  ignoreEos: false,
  includeUsage: true,
  temperature: true,
};

describe("the body of a request", () => {
  const request = { prompt: "1a2b3c4d time year", outputTokens: 16 };
  test("is a streamed chat completion that asks for usage", () => {
    const { messages, ...rest } = requestBody(request, spec(), traits);
    expect(rest).toEqual({
      model: "llama",
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 16,
      temperature: 0,
    });
    expect(messages).toEqual([{ role: "user", content: request.prompt }]);
  });
  test("uses max_completion_tokens where the endpoint wants it", () => {
    const body = requestBody(request, spec(), { ...traits, maxTokensField: "max_completion_tokens" });
    expect([body["max_tokens"], body["max_completion_tokens"]]).toEqual([undefined, 16]);
  });
  test("leaves out what the endpoint refuses", () => {
    const body = requestBody(request, spec(), { ...traits, includeUsage: false, temperature: false });
    expect([body["stream_options"], body["temperature"]]).toEqual([undefined, undefined]);
  });
  test("fixes the answer's length where ignore_eos is honoured", () =>
    expect(requestBody(request, spec(), { ...traits, ignoreEos: true })).toMatchObject({
      ignore_eos: true,
      min_tokens: 16,
    }));
  test("carries the caller's own fields", () =>
    expect(
      requestBody(request, spec({ endpoint: { url: "u", model: "m", body: { top_p: 0.9 } } }), traits)[
        "top_p"
      ],
    ).toBe(0.9));
  test.each(RESERVED_BODY_FIELDS)("%s cannot be set by the caller", (field) =>
    expect(() => spec({ endpoint: { url: "u", model: "m", body: { [field]: 1 } } })).toThrow(field),
  );
});

describe("prompts", () => {
  const { workload } = spec();
  test("no two requests share a prefix that could be cached", () => {
    const starts = Array.from({ length: 2000 }, (_, index) => promptText(size(index), workload).slice(0, 8));
    expect(new Set(starts).size).toBe(2000);
  });
  test("without the salt the text has no random start", () =>
    expect(promptText(size(0), { ...workload, salt: false })).toMatch(/^[a-z]+ [a-z]+/));
  test("the caller's own prompts are used in turn, each behind its salt", () => {
    const own = { ...workload, prompts: ["alpha", "beta"] };
    expect([0, 1, 2].map((index) => promptText(size(index), own).slice(9))).toEqual([
      "alpha",
      "beta",
      "alpha",
    ]);
  });
  test("synthetic prompts have as many words as the calibration asks for", () => {
    const words = (calibration?: Parameters<typeof promptText>[2]): number =>
      promptText(
        { ...size(0), inputTokens: 100, textSeed: 0 },
        { ...workload, salt: false },
        calibration,
      ).split(" ").length;
    expect(words()).toBe(94);
    expect(words({ tokensPerWord: 2, overheadTokens: 20, source: "usage" })).toBe(40);
  });
  test("the same seed writes the same text", () =>
    expect(promptText(size(3), workload)).toBe(promptText(size(3), workload)));
});
