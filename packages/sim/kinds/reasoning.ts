import { ApiError } from "../api-error.ts";
import { fieldsOf } from "../request.ts";
import { chat } from "./chat.ts";
import type { Kind } from "./kind.ts";
import { refuseUnknown } from "./openai.ts";

/**
 * Chat completions as OpenAI's reasoning models take them: no field that they do not know, no `max_tokens`, and
 * no temperature but 1. They complain of one thing at a time.
 */
export const reasoning: Kind = {
  ...chat,
  read(body, served) {
    const fields = fieldsOf(body, served);
    refuseUnknown(fields);
    if ("max_tokens" in fields)
      throw new ApiError(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        { param: "max_tokens", code: "unsupported_parameter" },
      );
    const { temperature = 1 } = fields;
    if (temperature !== 1)
      throw new ApiError(
        400,
        `Unsupported value: 'temperature' does not support ${String(temperature)} with this model. Only the default (1) value is supported.`,
        { param: "temperature", code: "unsupported_value" },
      );
    return chat.read(fields, served);
  },
};
