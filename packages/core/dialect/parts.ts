import { isJson, isText, type Json } from "./json.ts";

/** The fields in which engines and gateways stream reasoning, as a text or as a list of parts. */
const REASONING = [
  "reasoning_content",
  "reasoning",
  "reasoning_text",
  "reasoning_details",
  "thinking",
  "thinking_blocks",
  "thought",
];

export const isReasoning = (part: Json): boolean => REASONING.some((name) => isFilled(part[name]));

/** What names a part and does not fill it. */
const LABELS = new Set(["type", "index", "id", "format", "signature"]);

/** Whether there is a text anywhere in it. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isFilled);
  if (!isJson(value)) return isText(value);
  return Object.entries(value).some(([name, part]) => !LABELS.has(name) && isFilled(part));
}
