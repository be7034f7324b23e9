import type { Usage } from "./dialect.ts";

/** How dialects read JSON that an endpoint wrote: every field may be missing or of another type. */

export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

export const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);

/** The parsed object. It is null if the text is not the JSON of one. */
export function jsonOf(text: string): Json | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJson(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** No request asks for more than a million tokens, so a count far above that cannot be true. */
const TOKENS_MAX = 10_000_000;

const isCount = (count: unknown): count is number | null =>
  count === null ||
  (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX);

/** The counts if all of them can be true. It is null without a count of input or output. */
export function usageOf(counts: Record<keyof Usage, unknown>): Usage | "impossible" | null {
  const [input = null, output = null, reasoning = null, cached = null] = [
    counts.input,
    counts.output,
    counts.reasoning,
    counts.cached,
  ];
  if (!isCount(input) || !isCount(output) || !isCount(reasoning) || !isCount(cached)) return "impossible";
  return input === null && output === null ? null : { input, output, reasoning, cached };
}
