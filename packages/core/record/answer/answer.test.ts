import { describe, expect, test } from "vitest";
import { chat } from "../../dialect/chat.ts";
import { type Answer, fieldsOf, newAnswer, takeEvent } from "./answer.ts";

function answerOf(events: object[]): Answer {
  const answer = newAnswer(0);
  for (const event of events)
    takeEvent(answer, chat, { type: "", data: JSON.stringify(event), validUtf8: true }, 1);
  return answer;
}

const word = (usage?: object): object => ({
  choices: [{ delta: { content: "a" } }],
  ...(usage && { usage }),
});
const usage = (completion: number, prompt = 12): object => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
});
const silent = (part: object): object => ({
  choices: [{ delta: { role: "assistant", content: "" } }],
  usage: part,
});
const alone = (part: object): object => ({ choices: [], usage: part });

describe("the tokens of an answer", () => {
  test.each<[string, object[], object]>([
    [
      "add up from several events, and a later count replaces an earlier one",
      [alone(usage(1)), word(), alone({ completion_tokens: 7 })],
      { input: 12, output: 7, source: "usage", invalid: false },
    ],
    [
      "are those beside an empty delta after the finish",
      [word(), word(), silent(usage(12))],
      { output: 12, source: "usage", invalid: false },
    ],
    [
      "are those beside the last content, where only that has some",
      [word(), word(), word(usage(9))],
      { output: 9, source: "usage", invalid: false },
    ],
    [
      "are counted chunk by chunk, where each has its usage",
      [word(usage(1)), word(usage(3)), word(usage(4))],
      { output: 4, source: "chunk_usage", invalid: false },
    ],
    [
      "are those of the end, where each chunk has its usage and the end has more",
      [word(usage(1)), word(usage(3)), alone(usage(5))],
      { output: 5, source: "usage", invalid: false },
    ],
    [
      "stay where zeros and nulls come later",
      [
        word(),
        alone(usage(5)),
        alone({ prompt_tokens: 0, completion_tokens: 0 }),
        alone({ prompt_tokens: null }),
      ],
      { input: 12, output: 5, source: "usage", invalid: false },
    ],
    [
      "are the chunks, where the usage came early and counts fewer",
      [word(usage(1)), word(), word()],
      { input: 12, output: 3, source: "chunks", invalid: false },
    ],
    [
      "are those of an early usage that counts them all",
      [word(usage(8)), word(), word()],
      { output: 8, source: "usage", invalid: false },
    ],
    [
      "that are fewer than the chunks cannot be true, but are all that is known",
      [...Array.from({ length: 9 }, () => word()), alone(usage(4))],
      { output: 4, source: "usage", invalid: true },
    ],
    [
      "of each chunk alone add up, where its usage does not count all so far",
      [word(usage(2)), word(usage(1)), word(usage(3)), word(usage(1))],
      { output: 7, source: "chunk_usage", invalid: false, chunkTokens: [2, 1, 3, 1] },
    ],
    [
      "of each chunk alone are known by counts that do not grow",
      [word(usage(1)), word(usage(1)), word(usage(1))],
      { output: 3, source: "chunk_usage", invalid: false, chunkTokens: [1, 1, 1] },
    ],
    [
      "of each chunk alone stand beside a total that comes apart",
      [word(usage(1)), word(usage(1)), word(usage(1)), alone(usage(4))],
      { output: 4, source: "usage", invalid: false, chunkTokens: [1, 1, 1] },
    ],
    [
      "that fall and are more than the chunks say nothing of each chunk",
      [word(usage(5)), word(usage(3))],
      { output: 3, source: "usage", invalid: true, chunkTokens: null },
    ],
    [
      "of zero in every chunk say nothing until the total",
      [word(usage(0)), word(usage(0)), alone(usage(2))],
      { output: 2, source: "usage", invalid: false, chunkTokens: null },
    ],
    [
      "of a prompt are more than none",
      [word(), word(), alone(usage(2, 0))],
      { input: null, output: 2, source: "usage", invalid: true },
    ],
    [
      "of nothing but zero cannot be",
      [word(), alone(usage(0))],
      { output: 1, source: "chunks", invalid: true },
    ],
    [
      "without usage are the chunks",
      [word(), word()],
      { input: null, output: 2, source: "chunks", invalid: false },
    ],
  ])("%s", (_fact, events, expected) => {
    const { tokens, usageInvalid, chunkTokens } = fieldsOf(answerOf(events));
    expect({ ...tokens, invalid: usageInvalid, chunkTokens }).toMatchObject(expected);
  });
});

test("a chunk whose stamp lies before that of the last came with it: no gap is negative", () => {
  const answer = newAnswer(5);
  for (const atMs of [4.998, 12, 11.997, 20])
    takeEvent(answer, chat, { type: "", data: JSON.stringify(word()), validUtf8: true }, atMs);
  expect(fieldsOf(answer)).toMatchObject({ gapsUs: [0, 7000, 0, 8000], firstMs: 5, lastMs: 20 });
});
