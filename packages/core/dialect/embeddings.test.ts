import { dialectContract } from "@brimline/testkit/dialect/contract";
import { describe, expect, test } from "vitest";
import { embeddings } from "./embeddings.ts";

const usage = { prompt_tokens: 12, total_tokens: 12 };
const vector = (embedding: unknown, more: object = { usage }): object => ({
  object: "list",
  data: [{ object: "embedding", index: 0, embedding }],
  model: "bge",
  ...more,
});
const counts = { input: 12, output: null, reasoning: null, cached: null };

dialectContract("embeddings", {
  answer: JSON.stringify(vector([0.0023, -0.0093, 0.0158])),
  chunks: 1,
  record: { finishReason: null, tokens: { ...counts, source: "usage" }, usageInvalid: false },
  refusals: [],
  error: null,
  events: [
    ["a vector is the whole answer", vector([0.1]), { output: true, text: null, done: true, usage: counts }],
    ["so is one in base64", vector("zczMPQ=="), { output: true, done: true }],
    ["a vector without numbers is no output", vector([]), { output: false, done: false }],
    ["a list without vectors is no output", { object: "list", data: [] }, { output: false, done: false }],
    [
      "an endpoint may count no tokens",
      vector([0.1], {}),
      { output: true, usage: null, isUsageFlawed: false },
    ],
    ["usage that is a text cannot be", vector([0.1], { usage: "12" }), { usage: null, isUsageFlawed: true }],
    ["an error is one in a good answer too", { error: { message: "no backend" } }, { error: "no backend" }],
  ],
});

describe("embeddings", () => {
  test("the body is a single input, whatever length of answer is asked", () =>
    expect(
      embeddings.body({ model: "bge", prompt: "a b", outputTokens: 16, temperature: 0 }, { without: [] }),
    ).toEqual({ model: "bge", input: "a b" }));
});
