import { ApiError } from "./api-error.ts";
import { type Fields, isObject } from "./request.ts";

/** The side of the square that one token of an image covers, pixels. */
const TOKEN_PIXELS = 28;
const PNG_URL = "data:image/png;base64,";
/** In a PNG the width and the height stand behind its signature and the name of its first chunk. */
const [WIDTH_AT, HEIGHT_AT, HEAD_BYTES] = [16, 20, 24];

const isImage = (part: unknown): part is Fields => isObject(part) && part["type"] === "image_url";

/**
 * Takes the images out of the messages, and counts their tokens: ⌈width ÷ 28⌉ × ⌈height ÷ 28⌉ each. It throws an
 * ApiError for one that is no PNG in a data URL.
 */
export function withoutImages(messages: unknown): { messages: unknown; imageTokens: number } {
  let imageTokens = 0;
  const textOnly = (message: unknown): unknown => {
    if (!isObject(message) || !Array.isArray(message["content"])) return message;
    const parts = message["content"] as unknown[];
    for (const part of parts.filter(isImage)) imageTokens += tokensOf(part["image_url"]);
    return { ...message, content: parts.filter((part) => !isImage(part)) };
  };
  const texts = Array.isArray(messages) ? (messages as unknown[]).map(textOnly) : messages;
  return { messages: texts, imageTokens };
}

function tokensOf(image: unknown): number {
  const url = isObject(image) ? image["url"] : null;
  const isPng = typeof url === "string" && url.startsWith(PNG_URL);
  const head = Buffer.from(isPng ? url.slice(PNG_URL.length, PNG_URL.length + 2 * HEAD_BYTES) : "", "base64");
  if (head.length < HEAD_BYTES)
    throw new ApiError(400, "An `image_url` must be a PNG in a data URL.", { param: "messages" });
  const across = (at: number): number => Math.ceil(head.readUInt32BE(at) / TOKEN_PIXELS);
  return across(WIDTH_AT) * across(HEIGHT_AT);
}
