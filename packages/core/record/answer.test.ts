import { expect, test } from "vitest";
import { chat } from "../dialect/chat.ts";
import { fieldsOf, newAnswer, takeEvent } from "./answer.ts";

test("usage that comes in several events adds up, and a later count replaces an earlier one", () => {
  const answer = newAnswer(0);
  const events = [
    { choices: [], usage: { prompt_tokens: 12, completion_tokens: 1 } },
    { choices: [{ delta: { content: "a" } }] },
    { choices: [], usage: { completion_tokens: 7 } },
  ];
  for (const event of events)
    takeEvent(answer, chat, { type: "", data: JSON.stringify(event), validUtf8: true }, 1);
  expect(fieldsOf(answer).tokens).toMatchObject({ input: 12, output: 7, source: "usage" });
});
