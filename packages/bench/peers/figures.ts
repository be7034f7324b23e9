/** What a client says of its own run, from the file that it writes. Null: the file does not say. */
export interface OwnFigures {
  requests: number;
  failed: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** From sent to the first output; from there to the last, a token. */
  ttftMs: OwnSpread;
  tpotMs: OwnSpread;
  /** Output tokens of the whole run ÷ its time. */
  outputTokensPerS: number | null;
}

export interface OwnSpread {
  mean: number | null;
  p50: number | null;
  p99: number | null;
}

/** The number at a path of keys in a parsed JSON file; null where there is none. */
export function numberAt(value: unknown, ...path: string[]): number | null {
  let at = value;
  for (const key of path)
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return typeof at === "number" && Number.isFinite(at) ? at : null;
}

/** `value` × `factor`, unless it is not known. */
export const times = (value: number | null, factor: number): number | null =>
  value === null ? null : value * factor;
