import { ApiError } from "../api-error.ts";
import { answerRequest, countOf, fieldsOf, streamOf } from "../request.ts";
import type { Kind } from "./kind.ts";
import { refusal, writer } from "./openai.ts";

/** OpenAI's older completions: `POST /v1/completions`. */
export const completions: Kind = {
  idPrefix: "cmpl-",
  read(body, served) {
    const fields = fieldsOf(body, served);
    const streaming = streamOf(fields);
    const { prompt } = fields;
    if (typeof prompt !== "string" || prompt === "")
      throw new ApiError(400, "`prompt` must be a text.", { param: "prompt" });
    const max = countOf(fields, "max_tokens", 1);
    return answerRequest(fields, { param: "prompt", texts: [prompt], max, ...streaming }, served);
  },
  ...writer({
    object: { chunk: "text_completion", whole: "text_completion" },
    begin: null,
    token: (text) => ({ text, logprobs: null }),
    end: { text: "", logprobs: null },
    whole: (text) => ({ text, logprobs: null }),
  }),
  refusal,
};
