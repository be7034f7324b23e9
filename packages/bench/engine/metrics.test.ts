import { expect, test } from "vitest";
import { between, isVllm, seriesSum } from "./metrics.ts";

const text = (
  requests: number,
  tokens: number,
  ttftS: number,
) => `# HELP vllm:generation_tokens_total Number of generation tokens processed.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="tiny-llama"} ${tokens}
vllm:prompt_tokens_total{engine="0",model_name="tiny-llama"} ${2 * tokens}
vllm:prompt_tokens_by_source_total{engine="0",source="local_compute"} 999
vllm:request_success_total{engine="0",finished_reason="stop",model_name="tiny-llama"} 1.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="tiny-llama"} ${requests}
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="tiny-llama"} 3.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="tiny-llama"} ${requests}
vllm:time_to_first_token_seconds_sum{engine="0",model_name="tiny-llama"} ${ttftS}
vllm:request_time_per_output_token_seconds_count{engine="0",model_name="tiny-llama"} ${requests}
vllm:request_time_per_output_token_seconds_sum{engine="0",model_name="tiny-llama"} ${ttftS / 10}
vllm:e2e_request_latency_seconds_sum{engine="0",model_name="tiny-llama"} ${3 * ttftS}
`;

test("what an engine did between two readings is the growth of its counters, and means are over that growth", () => {
  const figures = between(text(10, 1000, 2), text(14, 1200, 2.2));
  expect(figures).toMatchObject({ requests: 4, inputTokens: 400, outputTokens: 200 });
  expect(figures.ttftMs).toBeCloseTo(50, 9);
  expect(figures.tpotMs).toBeCloseTo(5, 9);
  expect(figures.e2eSumS).toBeCloseTo(0.6, 9);
});

test("there is no mean where no request ended between the readings", () =>
  expect(between(text(1, 1, 1), text(1, 1, 1))).toMatchObject({ requests: 0, ttftMs: null }));

test("a counter is the sum of its series and of no other name that begins like it", () => {
  expect(seriesSum(text(10, 1000, 2), "vllm:request_success_total")).toBe(11);
  expect(seriesSum(text(10, 1000, 2), "vllm:prompt_tokens_total")).toBe(2000);
  expect(seriesSum("", "vllm:prompt_tokens_total")).toBeNull();
  expect(isVllm("process_cpu_seconds_total 1\n")).toBe(false);
});
