import { ApiError } from "../api-error.ts";
import { answerRequest, type AnswerRequest, countOf, fieldsOf, flagOf, messageTexts } from "../request.ts";
import type { AnswerHead, Kind } from "./kind.ts";
import { refusal } from "./openai.ts";
import { textOf, wholeText } from "./words.ts";

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

function responseOf(
  { id, created, model }: AnswerHead,
  request: AnswerRequest,
  cachedTokens: number | null,
): object {
  const { promptTokens, outputTokens, finishReason } = request;
  const isCut = finishReason === "length";
  return {
    id,
    object: "response",
    created_at: created,
    model,
    status: isCut ? "incomplete" : "completed",
    error: null,
    incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
    output: [
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: wholeText(outputTokens) }],
      },
    ],
    usage: {
      input_tokens: promptTokens,
      ...(cachedTokens !== null && { input_tokens_details: { cached_tokens: cachedTokens } }),
      output_tokens: outputTokens,
      total_tokens: promptTokens + outputTokens,
    },
  };
}

/** OpenAI's responses: `POST /v1/responses`. Its events are numbered. */
export const responses: Kind = {
  idPrefix: "resp_",
  read(body, served) {
    const fields = fieldsOf(body, served);
    const { input } = fields;
    if (input === "") throw new ApiError(400, "`input` must not be empty.", { param: "input" });
    const texts = typeof input === "string" ? [input] : messageTexts(input, "input");
    const max = countOf(fields, "max_output_tokens", 1);
    const stream = flagOf(fields, "stream");
    return answerRequest(fields, { param: "input", texts, max, stream, includeUsage: true }, served);
  },
  frames(about, request, cachedTokens) {
    const begun = { id: about.id, object: "response", status: "in_progress", error: null, usage: null };
    const place = { item_id: `msg_${about.id}`, output_index: 0, content_index: 0 };
    const opening: [type: string, fields: object][] = [
      ["response.created", { response: begun }],
      ["response.in_progress", { response: begun }],
      ["response.output_item.added", { output_index: 0, item: { id: place.item_id, type: "message" } }],
      ["response.content_part.added", { ...place, part: { type: "output_text", text: "" } }],
    ];
    const text = wholeText(request.outputTokens);
    const closing: [type: string, fields: object][] = [
      ["response.output_text.done", { ...place, text }],
      ["response.content_part.done", { ...place, part: { type: "output_text", text } }],
      [
        request.finishReason === "length" ? "response.incomplete" : "response.completed",
        { response: responseOf(about, request, cachedTokens) },
      ],
    ];
    const first = opening.length;
    const [before = "", between = "", after = ""] = event("response.output_text.delta", {
      sequence_number: "|",
      ...place,
      delta: "|",
      logprobs: [],
    })
      .replace('"|"', "|")
      .split("|");
    const numbered =
      (from: number) =>
      ([type, fields]: [string, object], nth: number): string =>
        event(type, { sequence_number: from + nth, ...fields });
    return {
      begin: opening.map(numbered(0)).join(""),
      token: (index) => before + String(first + index) + between + textOf(index) + after,
      end: closing.map(numbered(first + request.outputTokens)),
    };
  },
  whole: responseOf,
  refusal,
};
