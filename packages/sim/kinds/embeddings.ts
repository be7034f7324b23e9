import { ApiError } from "../api-error.ts";
import { answerRequest, type AnswerRequest, fieldsOf } from "../request.ts";
import type { AnswerHead, Kind } from "./kind.ts";
import { refusal } from "./openai.ts";

const VECTOR = [0.125, -0.25, 0.5, 0.0625];

/** OpenAI's embeddings: `POST /v1/embeddings`. The model computes the prompt alone, in one iteration. */
export const embeddings: Kind = {
  idPrefix: "embd-",
  read(body, served) {
    const fields = fieldsOf(body, served);
    const { input } = fields;
    if (typeof input !== "string" || input === "")
      throw new ApiError(400, "`input` must be a text.", { param: "input" });
    const asked = { param: "input", texts: [input], max: 1, stream: false, includeUsage: true };
    return { ...answerRequest({}, asked, served), outputTokens: 0 };
  },
  whole: ({ model }: AnswerHead, { promptTokens }: AnswerRequest) => ({
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: VECTOR }],
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  }),
  refusal,
};
