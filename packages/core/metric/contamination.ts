import type { RequestRecord } from "../record/record.ts";
import type { Validity } from "../report/figure.ts";

/** Share of prompt tokens that ok requests say came from the endpoint's cache, percent. Null where none says so. */
export function cachedInputPercent(records: RequestRecord[]): number | null {
  let input = 0;
  let cached = 0;
  for (const { outcome, tokens } of records) {
    if (outcome !== "ok" || tokens.cached === null || tokens.input === null) continue;
    input += tokens.input;
    cached += tokens.cached;
  }
  return input === 0 ? null : (100 * cached) / input;
}

const POINTS = { indicative: 5, invalid: 20 };

/** What unwanted cached prompt tokens make of a level, after the share that unique warm-up prompts show too (blocks of the chat template). */
export function contamination(percent: number | null, warmupPercent: number | null): Validity {
  const unwanted = (percent ?? 0) - (warmupPercent ?? 0);
  if (unwanted > POINTS.invalid) return "invalid";
  return unwanted > POINTS.indicative ? "indicative" : "valid";
}
