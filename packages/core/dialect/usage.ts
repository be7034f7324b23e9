import type { Usage } from "./dialect.ts";

/** No request asks for more than a million tokens, so a count far above that cannot be true. */
const TOKENS_MAX = 10_000_000;

export const isCount = (count: unknown): count is number | null =>
  count === null ||
  (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= TOKENS_MAX);

/** Token counts as they were read. `isFlawed` says that some cannot be true. */
export interface Counted {
  usage: Usage | null;
  isFlawed: boolean;
}

/**
 * What the counts of one usage say, which need not agree with one another. A count that cannot be true is
 * dropped. So is a detail that is more than its whole, unless the details stand beside their whole: some
 * endpoints (xAI, Gemini) count reasoning beside the completion. Then `total`, or that there is more reasoning
 * than completion, shows it, and the output is the sum of both.
 */
export function countedOf(counts: Record<keyof Usage | "total", unknown>): Counted {
  let isFlawed = false;
  const read = (count: unknown): number | null => {
    const known = count ?? null;
    if (isCount(known)) return known;
    isFlawed = true;
    return null;
  };
  const [input, total] = [read(counts.input), read(counts.total)];
  let [output, reasoning, cached] = [read(counts.output), read(counts.reasoning), read(counts.cached)];
  const sum = (input ?? 0) + (output ?? 0);
  const isTotalSum = total === null || total === 0 || input === null || output === null || total === sum;
  if (output !== null && reasoning !== null && reasoning > 0) {
    const isBeside = total === sum + reasoning || (total === null && reasoning > output);
    if (isBeside) output += reasoning;
    else if (reasoning > output) [reasoning, isFlawed] = [null, true];
    else if (!isTotalSum) isFlawed = true;
  } else if (!isTotalSum) isFlawed = true;
  if (cached !== null && input !== null && cached > input) [cached, isFlawed] = [null, true];
  return { usage: input === null && output === null ? null : { input, output, reasoning, cached }, isFlawed };
}
