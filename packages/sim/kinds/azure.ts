import { ApiError } from "../api-error.ts";
import { isObject } from "../request.ts";
import { chat } from "./chat.ts";
import type { Kind } from "./kind.ts";
import { refuseUnknown, writer } from "./openai.ts";

const CATEGORIES = ["hate", "self_harm", "sexual", "violence"];
const judged = (severity: string, filtered: boolean): object =>
  Object.fromEntries(CATEGORIES.map((name) => [name, { filtered, severity }]));
const SAFE = judged("safe", false);

/** Chunks that are about no token have no id either. */
const event = (fields: object): string =>
  `data: ${JSON.stringify({ choices: [], created: 0, id: "", model: "", object: "", ...fields })}\n\n`;
const PROMPT_FILTERED = event({
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: SAFE }],
});
/** The filter may judge a stretch of the answer after it was streamed. */
const JUDGED_LATER = event({
  choices: [
    {
      content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: 100 },
      content_filter_results: SAFE,
      finish_reason: null,
      index: 0,
    },
  ],
});

/** Where the content filter cuts an answer, in tokens. */
const CUT_AT = 4;
/** Half of all prompts, by the first digit of their salt, have answers that the filter cuts. */
const isFiltered = (opening: string): boolean => /^[0-7]/.test(opening);

const { frames, whole } = writer({
  object: { chunk: "chat.completion.chunk", whole: "chat.completion" },
  begin: { content_filter_results: {}, delta: { content: "", refusal: null, role: "assistant" } },
  token: (content) => ({ content_filter_results: SAFE, delta: { content } }),
  end: { content_filter_results: {}, delta: {} },
  whole: (content) => ({ content_filter_results: SAFE, message: { role: "assistant", content } }),
});

/**
 * Chat completions as a deployment of Azure OpenAI answers them. The path names the model, so the body's counts
 * for nothing. Unknown fields are refused. Chunks carry what the content filter says, and it may cut an answer.
 */
export const azure: Kind = {
  ...chat,
  read(body, served) {
    if (!isObject(body)) throw new ApiError(400, "The body must be a JSON object.");
    refuseUnknown(body);
    const request = chat.read({ ...body, model: served.model }, served);
    if (!isFiltered(request.opening) || request.outputTokens <= CUT_AT) return request;
    return { ...request, outputTokens: CUT_AT, finishReason: "content_filter" };
  },
  frames(about, request, cachedTokens) {
    const plain = frames(about, request, cachedTokens);
    return { ...plain, begin: PROMPT_FILTERED + plain.begin, end: [JUDGED_LATER, ...plain.end] };
  },
  whole,
};
