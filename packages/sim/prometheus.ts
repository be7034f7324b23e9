import type { Histogram } from "./histogram.ts";
import type { ModelCounts } from "./model.ts";

export interface Totals {
  requests: number;
  finished: number;
  cancelled: number;
  promptTokens: number;
  outputTokens: number;
}

const TTFT = "vllm:time_to_first_token_seconds";

/** A few of vLLM's series under vLLM's names, since the model resembles vLLM, in text format 0.0.4. */
export function prometheusText(
  model: string,
  counts: ModelCounts,
  totals: Totals,
  kvLimitTokens: number,
  ttft: Histogram,
): string {
  const label = `{model_name="${model}"}`;
  const series: [name: string, type: "gauge" | "counter", help: string, value: number][] = [
    ["vllm:num_requests_running", "gauge", "Requests in the batch.", counts.running],
    ["vllm:num_requests_waiting", "gauge", "Requests in the queue.", counts.waiting],
    [
      "vllm:kv_cache_usage_perc",
      "gauge",
      "Used share of the KV cache, 0 to 1.",
      counts.kvTokens / kvLimitTokens,
    ],
    ["vllm:prompt_tokens_total", "counter", "Prompt tokens of accepted requests.", totals.promptTokens],
    ["vllm:generation_tokens_total", "counter", "Tokens generated.", totals.outputTokens],
    ["vllm:request_success_total", "counter", "Requests answered to the end.", totals.finished],
  ];
  const single = series.map(
    ([name, type, help, value]) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${label} ${value}\n`,
  );
  const head = `# HELP ${TTFT} From the request to its first token.\n# TYPE ${TTFT} histogram\n`;
  return [...single, head, ttft.lines(TTFT, `model_name="${model}"`)].join("");
}
