import type { Source } from "../job/level/source.ts";
import type { RequestRow } from "../record/columns/table.ts";

/**
 * The tokens that requests asked for. `input` is null for prompts that the job brought, because their length
 * is not asked for, and `output` for answers that are not made of tokens.
 */
export interface AskedTokens {
  input: number | null;
  output: number | null;
}

/** Σ of what the source of one run asked of these of its requests. */
export function askedTokens(
  requests: Iterable<Pick<RequestRow, "index">>,
  source: Pick<Source, "asked">,
): AskedTokens {
  let input: number | null = 0;
  let output = 0;
  for (const { index } of requests) {
    const asked = source.asked(index);
    input = input === null || asked.inputTokens === null ? null : input + asked.inputTokens;
    output += asked.outputTokens;
  }
  return { input, output };
}

/** If what was delivered lies further than this from what was asked, a report says so. */
const TOLERANCE = 0.02;

export const isOff = (delivered: number, asked: number): boolean =>
  Math.abs(delivered - asked) > TOLERANCE * asked;
