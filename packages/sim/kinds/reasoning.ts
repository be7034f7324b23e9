import { ApiError } from "../api-error.ts";
import { fieldsOf } from "../request.ts";
import { chat } from "./chat.ts";
import type { Kind } from "./kind.ts";

/** The fields of a request that the stand-in knows, of which it takes fewer. */
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

/**
 * Chat completions as OpenAI's reasoning models take them: no field that they do not know, no `max_tokens`, and
 * no temperature but 1. They complain of one thing at a time.
 */
export const reasoning: Kind = {
  ...chat,
  read(body, preset) {
    const fields = fieldsOf(body, preset);
    const unknown = Object.keys(fields).filter((name) => !KNOWN.has(name));
    if (unknown.length > 0)
      throw new ApiError(
        400,
        `Unrecognized request argument${unknown.length === 1 ? "" : "s"} supplied: ${unknown.join(", ")}`,
      );
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
    return chat.read(fields, preset);
  },
};
