import { okRows, type RecordTable } from "../record/table.ts";
import type { Validity } from "../figure.ts";

/**
 * Share of the prompt tokens of ok requests that came from the endpoint's cache, by its own usage, percent. Null where no request
 * says so; where some do, the others took nothing (some servers leave the field out when it is 0).
 */
export function cachedInputPercent(records: RecordTable, sentFromMs = -Infinity): number | null {
  let input = 0;
  let cached: number | null = null;
  for (const { sentMs, tokens } of okRows(records)) {
    if (sentMs < sentFromMs || tokens.input === null) continue;
    input += tokens.input;
    if (tokens.cached !== null) cached = (cached ?? 0) + tokens.cached;
  }
  return cached === null || input === 0 ? null : (100 * cached) / input;
}

/**
 * The share that unique prompts take from a cache all the same (blocks of the chat template), from the warm-up, percent. Requests
 * sent before the first answer found the cache empty and do not count, unless there are no others.
 */
export function templateCachedPercent(warmup: RecordTable): number | null {
  let firstDoneMs = Infinity;
  for (const { doneMs } of okRows(warmup)) if (doneMs !== null) firstDoneMs = Math.min(firstDoneMs, doneMs);
  return cachedInputPercent(warmup, firstDoneMs) ?? cachedInputPercent(warmup);
}

const POINTS = { indicative: 5, invalid: 20 };

/** What unwanted cached prompt tokens make of a level, after the template's share. Where the endpoint says nothing, nothing can be told. */
export function contamination(percent: number | null, templatePercent: number | null): Validity {
  if (percent === null) return "valid";
  const unwanted = percent - (templatePercent ?? 0);
  if (unwanted > POINTS.invalid) return "invalid";
  return unwanted > POINTS.indicative ? "indicative" : "valid";
}
