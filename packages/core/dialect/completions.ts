import type { Dialect, Reading } from "./dialect.ts";
import { isText, type Json } from "./json.ts";
import { COMPLETION_END, COMPLETION_OPTIONS, completionFields, readCompletion, UNREAD } from "./openai.ts";
import { isReasoning } from "./parts.ts";

/**
 * OpenAI's older completions, which go on with a plain prompt: no chat template stands around it.
 * https://platform.openai.com/docs/api-reference/completions
 */
export const completions: Dialect = {
  path: "completions",
  headers: {},
  keyHeader: "authorization",
  streams: true,
  takesImages: false,
  unread: UNREAD,
  reservedFields: [
    "model",
    "prompt",
    "stream",
    "stream_options",
    "max_tokens",
    "temperature",
    "n",
    "best_of",
    // The prompt would come back and count as output.
    "echo",
    "ignore_eos",
    "min_tokens",
  ],
  options: COMPLETION_OPTIONS,
  lengthOption: "ignore_eos",
  body: (question, traits) =>
    completionFields(question, traits, {
      prompt: { prompt: question.prompt },
      length: { max_tokens: question.outputTokens },
    }),
  read: (data, type) => readCompletion(data, type, outputOf),
  isWhole: (text) => /"choices"\s*:/.test(text),
  words: {
    kind: "OpenAI's older completions",
    request: "completion",
    server: "OpenAI-compatible LLM server",
    end: COMPLETION_END,
    outputs: "text or reasoning",
  },
};

function outputOf(choices: Json[]): Pick<Reading, "output" | "visible" | "text"> {
  const texts = choices.map((choice) => choice["text"]).filter(isText);
  const visible = texts.length > 0;
  const [only] = choices.length === 1 ? texts : [];
  return { output: visible || choices.some(isReasoning), visible, text: only ?? null };
}
