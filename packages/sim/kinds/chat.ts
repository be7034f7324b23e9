import { withoutImages } from "../images.ts";
import { answerRequest, countOf, fieldsOf, messageTexts, streamOf } from "../request.ts";
import type { Kind } from "./kind.ts";
import { refusal, writer } from "./openai.ts";

/** OpenAI's chat completions: `POST /v1/chat/completions`. */
export const chat: Kind = {
  idPrefix: "chatcmpl-",
  read(body, served) {
    const fields = fieldsOf(body, served);
    const streaming = streamOf(fields);
    const { messages, imageTokens } = withoutImages(fields["messages"]);
    const texts = messageTexts(messages, "messages");
    const max = countOf(fields, "max_completion_tokens", 1) ?? countOf(fields, "max_tokens", 1);
    return answerRequest(fields, { param: "messages", texts, imageTokens, max, ...streaming }, served);
  },
  ...writer({
    object: { chunk: "chat.completion.chunk", whole: "chat.completion" },
    begin: { delta: { role: "assistant", content: "" } },
    token: (content) => ({ delta: { content } }),
    end: { delta: {} },
    whole: (content) => ({ message: { role: "assistant", content } }),
  }),
  refusal,
};
