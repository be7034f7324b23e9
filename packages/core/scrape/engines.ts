import type { Engine, Settings } from "./engine.ts";

/** What a server of this name calls its settings. It is null where that is not known. */
export const settingsOf = (engine: string): Settings | null =>
  ENGINES.find(({ name }) => name === engine)?.settings ?? null;

/**
 * The servers whose own metrics are understood. The names are those of their public documentation and sources.
 * A name that a newer version does not use any more stays, behind the new one.
 */
export const ENGINES: Engine[] = [
  {
    // https://docs.vllm.ai/en/latest/usage/metrics
    name: "vLLM",
    settings: {
      kvCache: "`--gpu-memory-utilization`, or `--kv-cache-dtype fp8`",
      batch: "`--max-num-seqs`",
      prefill: "`--max-num-batched-tokens`",
    },
    single: {
      running: ["vllm:num_requests_running"],
      waiting: ["vllm:num_requests_waiting"],
      kvPercent: ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"],
      preemptions: ["vllm:num_preemptions_total"],
      prefixQueries: ["vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total"],
      prefixHits: ["vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total"],
      draftTokens: ["vllm:spec_decode_num_draft_tokens_total"],
      acceptedTokens: ["vllm:spec_decode_num_accepted_tokens_total"],
      promptTokens: ["vllm:prompt_tokens_total"],
      outputTokens: ["vllm:generation_tokens_total"],
      requests: ["vllm:request_success_total"],
    },
    durations: {
      queue: ["vllm:request_queue_time_seconds"],
      prefill: ["vllm:request_prefill_time_seconds"],
      decode: ["vllm:request_decode_time_seconds"],
      ttft: ["vllm:time_to_first_token_seconds"],
      // The first is a mean for each request. The others are one value for each token.
      tpot: [
        "vllm:request_time_per_output_token_seconds",
        "vllm:inter_token_latency_seconds",
        "vllm:time_per_output_token_seconds",
      ],
      e2e: ["vllm:e2e_request_latency_seconds"],
    },
  },
  {
    // https://docs.sglang.io/references/production_metrics.html
    name: "SGLang",
    settings: {
      kvCache: "`--mem-fraction-static`, or `--kv-cache-dtype fp8_e5m2`",
      batch: "`--max-running-requests`",
      prefill: "`--chunked-prefill-size`",
    },
    splits: ["priority"],
    single: {
      running: ["sglang:num_running_reqs"],
      waiting: ["sglang:num_queue_reqs"],
      kvPercent: ["sglang:token_usage"],
      preemptions: ["sglang:num_retracted_requests_total"],
      prefixQueries: ["sglang:prompt_tokens_total"],
      prefixHits: ["sglang:cached_tokens_total"],
      promptTokens: ["sglang:prompt_tokens_total"],
      outputTokens: ["sglang:generation_tokens_total"],
      requests: ["sglang:num_requests_total"],
    },
    durations: {
      queue: ["sglang:queue_time_seconds"],
      prefill: ['sglang:per_stage_req_latency_seconds{stage="prefill_forward"}'],
      ttft: ["sglang:time_to_first_token_seconds"],
      tpot: ["sglang:time_per_output_token_seconds", "sglang:inter_token_latency_seconds"],
      e2e: ["sglang:e2e_request_latency_seconds"],
    },
  },
  {
    // https://github.com/ggml-org/llama.cpp/tree/master/tools/server
    name: "llama.cpp",
    settings: {
      kvCache: "`--ctx-size`, or `--cache-type-k q8_0 --cache-type-v q8_0`",
      batch: "`--parallel`",
      prefill: "`--batch-size` and `--ubatch-size`",
    },
    single: {
      running: ["llamacpp:requests_processing"],
      waiting: ["llamacpp:requests_deferred"],
      kvPercent: ["llamacpp:kv_cache_usage_ratio"],
      // The newer versions count what came from the cache apart.
      prefixQueries: [["llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total"]],
      prefixHits: ["llamacpp:prompt_tokens_cached_total"],
      draftTokens: ["llamacpp:spec_decode_num_draft_tokens_total"],
      acceptedTokens: ["llamacpp:spec_decode_num_accepted_tokens_total"],
      promptTokens: [
        ["llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total"],
        "llamacpp:prompt_tokens_total",
      ],
      outputTokens: ["llamacpp:tokens_predicted_total"],
    },
    durations: {},
  },
  {
    // https://huggingface.co/docs/text-generation-inference/reference/metrics
    name: "TGI",
    settings: {
      kvCache: "`--cuda-memory-fraction` and `--max-batch-total-tokens`",
      batch: "`--max-batch-size`",
      prefill: "`--max-batch-prefill-tokens`",
    },
    single: {
      running: ["tgi_batch_current_size"],
      waiting: ["tgi_queue_size"],
      promptTokens: ["tgi_request_input_length_sum"],
      outputTokens: ["tgi_request_generated_tokens_sum"],
      requests: ["tgi_request_success"],
    },
    durations: {
      queue: ["tgi_request_queue_duration"],
      tpot: ["tgi_request_mean_time_per_token_duration"],
      e2e: ["tgi_request_duration"],
    },
  },
  {
    // https://nvidia.github.io/TensorRT-LLM: `trtllm-serve` has these at /prometheus/metrics.
    name: "TensorRT-LLM",
    settings: {
      kvCache: "`--kv_cache_free_gpu_memory_fraction`",
      batch: "`--max_batch_size`",
      prefill: "`--max_num_tokens`",
    },
    single: {
      running: ["trtllm_num_requests_running"],
      waiting: ["trtllm_num_requests_waiting"],
      kvPercent: ["trtllm_kv_cache_utilization"],
      prefixQueries: [["trtllm_kv_cache_reused_blocks_total", "trtllm_kv_cache_missed_blocks_total"]],
      prefixHits: ["trtllm_kv_cache_reused_blocks_total"],
      draftTokens: ["trtllm_spec_decode_num_draft_tokens_total"],
      acceptedTokens: ["trtllm_spec_decode_num_accepted_tokens_total"],
      promptTokens: ["trtllm_prompt_tokens_total"],
      outputTokens: ["trtllm_generation_tokens_total"],
      requests: ["trtllm_request_success_total"],
    },
    durations: {
      queue: ["trtllm_request_queue_time_seconds"],
      prefill: ["trtllm_request_prefill_time_seconds"],
      decode: ["trtllm_request_decode_time_seconds"],
      ttft: ["trtllm_time_to_first_token_seconds"],
      tpot: ["trtllm_time_per_output_token_seconds"],
      e2e: ["trtllm_e2e_request_latency_seconds"],
    },
  },
  {
    // https://github.com/triton-inference-server/tensorrtllm_backend: Triton has these at port 8002. Each model
    // of an ensemble counts a request, so only those of the batcher's model are the requests.
    name: "Triton",
    single: {
      running: ['nv_trt_llm_request_metrics{request_type="scheduled"}'],
      waiting: ['nv_trt_llm_request_metrics{request_type="waiting"}'],
      kvPercent: ['nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction"}'],
      requests: ['nv_inference_request_success{model="tensorrt_llm"}'],
    },
    durations: {
      queue: [
        {
          sum: 'nv_inference_queue_duration_us{model="tensorrt_llm"}',
          count: 'nv_inference_request_success{model="tensorrt_llm"}',
          unitS: 1e-6,
        },
      ],
    },
  },
  {
    // https://docs.nvidia.com/nim/large-language-models: before its names were vLLM's. It has them at /v1/metrics.
    name: "NIM",
    single: {
      running: ["num_requests_running"],
      waiting: ["num_requests_waiting"],
      kvPercent: ["gpu_cache_usage_perc"],
      promptTokens: ["prompt_tokens_total"],
      outputTokens: ["generation_tokens_total"],
      requests: ["request_success_total"],
    },
    durations: {
      ttft: ["time_to_first_token_seconds"],
      tpot: ["time_per_output_token_seconds"],
      e2e: ["e2e_request_latency_seconds"],
    },
  },
  {
    // https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics, as exporters write them for Prometheus.
    name: "OpenTelemetry",
    single: {
      promptTokens: ['gen_ai_client_token_usage_sum{gen_ai_token_type="input"}'],
      outputTokens: ['gen_ai_client_token_usage_sum{gen_ai_token_type="output"}'],
      requests: ["gen_ai_server_request_duration_seconds_count", "gen_ai_server_request_duration_count"],
    },
    durations: {
      ttft: ["gen_ai_server_time_to_first_token_seconds", "gen_ai_server_time_to_first_token"],
      tpot: ["gen_ai_server_time_per_output_token_seconds", "gen_ai_server_time_per_output_token"],
      e2e: ["gen_ai_server_request_duration_seconds", "gen_ai_server_request_duration"],
    },
  },
];
