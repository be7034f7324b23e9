import type { ChatRequest } from "./chat.ts";

const WORDS = ["every", "number", "here", "is", "known", "before", "it", "is", "measured"];

/** The text of a token. The same place in the answer always has the same text. */
const textOf = (index: number): string => `${index === 0 ? "" : " "}${WORDS[index % WORDS.length] ?? ""}`;

/** Without a cache `cachedTokens` is null, and usage does not mention one. */
const usageOf = (chat: ChatRequest, cachedTokens: number | null): object => ({
  prompt_tokens: chat.promptTokens,
  completion_tokens: chat.outputTokens,
  total_tokens: chat.promptTokens + chat.outputTokens,
  ...(cachedTokens !== null && { prompt_tokens_details: { cached_tokens: cachedTokens } }),
});

/**
 * The stream events of an answer, as OpenAI's API sends them: one token a chunk, and the finish reason in a
 * chunk of its own.
 */
export interface Frames {
  role: string;
  token(index: number): string;
  end: string[];
}

/** What every answer says about itself. `created` is in Unix seconds. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
}

export function framesOf(about: AnswerHead, chat: ChatRequest, cachedTokens: number | null): Frames {
  const head = { ...about, object: "chat.completion.chunk" };
  const frame = (delta: object, finishReason: string | null): string =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;
  const usage = `data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(chat, cachedTokens) })}\n\n`;
  // The words need no escaping, so a token takes no more than joining three strings: hundreds of streams are
  // written in one turn.
  const [before = "", after = ""] = frame({ content: "|" }, null).split("|");
  return {
    role: frame({ role: "assistant", content: "" }, null),
    token: (index) => before + textOf(index) + after,
    end: [frame({}, chat.finishReason), ...(chat.includeUsage ? [usage] : []), "data: [DONE]\n\n"],
  };
}

/** The answer without streaming. */
export const wholeAnswer = (about: AnswerHead, chat: ChatRequest, cachedTokens: number | null): object => ({
  ...about,
  object: "chat.completion",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: Array.from({ length: chat.outputTokens }, (_, index) => textOf(index)).join(""),
      },
      finish_reason: chat.finishReason,
    },
  ],
  usage: usageOf(chat, cachedTokens),
});
