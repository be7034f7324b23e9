/**
 * What vLLM counted between two readings of its /metrics. Means are over the requests that ended in between,
 * and null where none did.
 */
export interface EngineFigures {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  ttftMs: number | null;
  tpotMs: number | null;
  /**
   * The time that its requests took in all, s. Divided by the number of users, who are always served, it is
   * the time that the run took.
   */
  e2eSumS: number;
}

/** The sum of all series of a name in a Prometheus text. It is null where there is none. */
export function seriesSum(text: string, name: string): number | null {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "gm"))].map((match) =>
    Number(match[1]),
  );
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** Whether the text is from an engine that can be compared with. */
export const isVllm = (text: string): boolean => seriesSum(text, "vllm:generation_tokens_total") !== null;

export function between(before: string, after: string): EngineFigures {
  const grown = (name: string): number => (seriesSum(after, name) ?? 0) - (seriesSum(before, name) ?? 0);
  const meanMs = (histogram: string): number | null => {
    const count = grown(`${histogram}_count`);
    return count === 0 ? null : (1000 * grown(`${histogram}_sum`)) / count;
  };
  return {
    requests: grown("vllm:request_success_total"),
    inputTokens: grown("vllm:prompt_tokens_total"),
    outputTokens: grown("vllm:generation_tokens_total"),
    ttftMs: meanMs("vllm:time_to_first_token_seconds"),
    tpotMs: meanMs("vllm:request_time_per_output_token_seconds"),
    e2eSumS: grown("vllm:e2e_request_latency_seconds_sum"),
  };
}
