import { answerRequest, countOf, fieldsOf, flagOf, messageTexts, type AnswerRequest } from "../request.ts";
import { ApiError } from "../api-error.ts";
import type { Kind } from "./kind.ts";
import { textOf, wholeText } from "./words.ts";

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** What the cache gave does not count in `input_tokens`. */
const inputOf = ({ promptTokens }: AnswerRequest, cachedTokens: number | null): object => ({
  input_tokens: promptTokens - (cachedTokens ?? 0),
  ...(cachedTokens !== null && { cache_read_input_tokens: cachedTokens }),
});

const stopReason = ({ finishReason }: AnswerRequest): string =>
  finishReason === "length" ? "max_tokens" : "end_turn";

/** Anthropic's messages: `POST /v1/messages`. The last counts are of the whole answer. */
export const messages: Kind = {
  idPrefix: "msg_",
  read(body, served) {
    const fields = fieldsOf(body, served);
    const texts = messageTexts(fields["messages"], "messages");
    const max = countOf(fields, "max_tokens", 1);
    if (max === null) throw new ApiError(400, "max_tokens: Field required", { param: "max_tokens" });
    const stream = flagOf(fields, "stream");
    return answerRequest(fields, { param: "messages", texts, max, stream, includeUsage: true }, served);
  },
  frames({ id, model }, request, cachedTokens) {
    const message = { id, type: "message", role: "assistant", content: [], model, stop_reason: null };
    const usage = { ...inputOf(request, cachedTokens), output_tokens: 1 };
    const [before = "", after = ""] = event("content_block_delta", {
      index: 0,
      delta: { type: "text_delta", text: "|" },
    }).split("|");
    return {
      begin:
        event("message_start", { message: { ...message, usage } }) +
        event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }) +
        event("ping"),
      token: (index) => before + textOf(index) + after,
      end: [
        event("content_block_stop", { index: 0 }),
        event("message_delta", {
          delta: { stop_reason: stopReason(request), stop_sequence: null },
          usage: { output_tokens: request.outputTokens },
        }),
        event("message_stop"),
      ],
    };
  },
  whole: ({ id, model }, request, cachedTokens) => ({
    id,
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: wholeText(request.outputTokens) }],
    model,
    stop_reason: stopReason(request),
    stop_sequence: null,
    usage: { ...inputOf(request, cachedTokens), output_tokens: request.outputTokens },
  }),
  refusal: ({ detail: { type, message } }) => ({ type: "error", error: { type, message } }),
};
