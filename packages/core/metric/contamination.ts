import { okRows, type RecordTable } from "../record/columns/table.ts";
import type { Validity } from "../figure.ts";

/**
 * The share of the prompt tokens of ok requests that came from the endpoint's cache, by its own usage,
 * percent. It is null if no request reports it. If some do, the others took nothing from the cache, because
 * some servers leave the field out when it is 0.
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
 * The share, percent, that even unique prompts take from a cache (blocks of the chat template), measured on
 * the warm-up. Requests that were sent before the first answer found the cache empty and do not count, unless
 * there are no others.
 */
export function templateCachedPercent(warmup: RecordTable): number | null {
  let firstDoneMs = Infinity;
  for (const { doneMs } of okRows(warmup)) if (doneMs !== null) firstDoneMs = Math.min(firstDoneMs, doneMs);
  return cachedInputPercent(warmup, firstDoneMs) ?? cachedInputPercent(warmup);
}

const POINTS = { indicative: 5, invalid: 20 };

/**
 * What unwanted cached prompt tokens, beyond the template's share, make of a level. If the endpoint does not
 * report them the level stays valid.
 */
export function contamination(percent: number | null, templatePercent: number | null): Validity {
  if (percent === null) return "valid";
  const unwanted = percent - (templatePercent ?? 0);
  if (unwanted > POINTS.invalid) return "invalid";
  return unwanted > POINTS.indicative ? "indicative" : "valid";
}
