/**
 * What a client says of its own run, in the file that it writes. A figure is null where the file does not
 * give it.
 */
export interface OwnFigures {
  requests: number;
  failed: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** The time from sent to the first output. */
  ttftMs: OwnSpread;
  /** The time from the first output to the last, ÷ tokens. */
  tpotMs: OwnSpread;
  /** The time between two outputs, over those of all requests. */
  itlMs: OwnSpread;
  /** Output tokens of the whole run ÷ its time. */
  outputTokensPerS: number | null;
}

export interface OwnSpread {
  mean: number | null;
  p50: number | null;
  p99: number | null;
}

/** What a file gives that has no such figure. */
export const NO_SPREAD: OwnSpread = { mean: null, p50: null, p99: null };

/** The number at a path of keys in a parsed JSON file. It is null where there is none. */
export function numberAt(value: unknown, ...path: string[]): number | null {
  let at = value;
  for (const key of path)
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return typeof at === "number" && Number.isFinite(at) ? at : null;
}

/** `value` × `factor`, unless it is not known. */
export const times = (value: number | null, factor: number): number | null =>
  value === null ? null : value * factor;
