import { ApiError } from "../api-error.ts";
import type { AnswerRequest, Fields } from "../request.ts";
import type { AnswerHead, Frames, Kind } from "./kind.ts";
import { textOf, wholeText } from "./words.ts";

/** What OpenAI's completions of both kinds have in common. */

export const refusal = ({ detail }: ApiError): object => ({ error: detail });

/** The fields of chat completions that OpenAI and Azure know, as far as anybody sends them here. */
const KNOWN = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "reasoning_effort",
  "n",
  "seed",
  "user",
]);

/** Throws an ApiError where a body has a field that is not known, as OpenAI and Azure do and engines do not. */
export function refuseUnknown(fields: Fields): void {
  const unknown = Object.keys(fields).filter((name) => !KNOWN.has(name));
  if (unknown.length === 0) return;
  const what = `argument${unknown.length === 1 ? "" : "s"}`;
  throw new ApiError(400, `Unrecognized request ${what} supplied: ${unknown.join(", ")}`);
}

/** What one kind calls its parts. */
interface Names {
  object: { chunk: string; whole: string };
  /** The choice's own part. */
  begin: object | null;
  token: (text: string) => object;
  end: object;
  whole: (text: string) => object;
}

const usageOf = (request: AnswerRequest, cachedTokens: number | null): object => ({
  prompt_tokens: request.promptTokens,
  completion_tokens: request.outputTokens,
  total_tokens: request.promptTokens + request.outputTokens,
  ...(request.hiddenTokens > 0 && {
    completion_tokens_details: { reasoning_tokens: request.hiddenTokens },
  }),
  ...(cachedTokens !== null && { prompt_tokens_details: { cached_tokens: cachedTokens } }),
});

/** One token a chunk, and the finish reason in a chunk of its own. */
export function writer(names: Names): Required<Pick<Kind, "frames" | "whole">> {
  return {
    frames(about: AnswerHead, request: AnswerRequest, cachedTokens: number | null): Frames {
      const head = { ...about, object: names.object.chunk };
      const frame = (part: object, finishReason: string | null): string =>
        `data: ${JSON.stringify({ ...head, choices: [{ index: 0, ...part, finish_reason: finishReason }] })}\n\n`;
      const usage = `data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(request, cachedTokens) })}\n\n`;
      const [before = "", after = ""] = frame(names.token("|"), null).split("|");
      return {
        begin: names.begin === null ? "" : frame(names.begin, null),
        token: (index) => before + textOf(index) + after,
        end: [
          frame(names.end, request.finishReason),
          ...(request.includeUsage ? [usage] : []),
          "data: [DONE]\n\n",
        ],
      };
    },
    whole: (about, request, cachedTokens) => ({
      ...about,
      object: names.object.whole,
      choices: [
        {
          index: 0,
          ...names.whole(wholeText(request.outputTokens - request.hiddenTokens)),
          finish_reason: request.finishReason,
        },
      ],
      usage: usageOf(request, cachedTokens),
    }),
  };
}
