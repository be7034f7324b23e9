import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSegment } from "../record/segment.ts";
import { createScrape } from "./scrape.ts";
import { serverSegment } from "./server-segment.ts";

const read = (text: string) => {
  const reader = createScrape();
  reader.take(text);
  return reader.end();
};
const histogram = (name: string, edges: Record<string, number>, sum: number, labels = "") =>
  [
    ...Object.entries(edges).map(([le, count]) => `${name}_bucket{${labels}le="${le}"} ${count}`),
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${edges["+Inf"]}`,
    "",
  ].join("\n");

const FORMS: [engine: string, form: string, text: string, values: Record<string, number | null>][] = [
  [
    "vLLM",
    "of today",
    `vllm:num_requests_running{engine="0",model_name="m"} 8.0
vllm:num_requests_waiting{engine="0",model_name="m"} 3.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.955
vllm:num_preemptions_total{engine="0",model_name="m"} 2.0
vllm:num_preemptions_created{engine="0",model_name="m"} 1.7e+09
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 400.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 100.0
vllm:spec_decode_num_draft_tokens_total{engine="0",model_name="m"} 90.0
vllm:spec_decode_num_accepted_tokens_total{engine="0",model_name="m"} 60.0
vllm:prompt_tokens_total{engine="0",model_name="m"} 4000.0
vllm:prompt_tokens_by_source_total{engine="0",source="local_compute"} 999
vllm:generation_tokens_total{engine="0",model_name="m"} 1280.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 1.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 9.0
${histogram("vllm:time_to_first_token_seconds", { "0.001": 0, "0.25": 6, "0.5": 9, "+Inf": 10 }, 2.5, 'engine="0",')}\
${histogram("vllm:request_time_per_output_token_seconds", { "0.01": 1, "+Inf": 10 }, 0.2)}\
${histogram("vllm:inter_token_latency_seconds", { "0.01": 1, "+Inf": 1270 }, 20)}\
${histogram("vllm:e2e_request_latency_seconds", { "0.3": 0, "+Inf": 10 }, 33)}\
${histogram("vllm:request_queue_time_seconds", { "0.3": 10, "+Inf": 10 }, 1)}\
${histogram("vllm:request_prefill_time_seconds", { "0.3": 10, "+Inf": 10 }, 1.25)}\
${histogram("vllm:request_decode_time_seconds", { "0.3": 10, "+Inf": 10 }, 30)}`,
    {
      running: 8,
      waiting: 3,
      kvPercent: 95.5,
      preemptions: 2,
      prefixQueries: 400,
      prefixHits: 100,
      draftTokens: 90,
      acceptedTokens: 60,
      promptTokens: 4000,
      outputTokens: 1280,
      requests: 10,
      queueS: 1,
      queueCount: 10,
      prefillS: 1.25,
      prefillCount: 10,
      decodeS: 30,
      decodeCount: 10,
      e2eS: 33,
      e2eCount: 10,
      ttftS: 2.5,
      ttftCount: 10,
      ttftLeUs1000: 0,
      ttftLeUs250000: 6,
      ttftLeUs500000: 9,
      tpotS: 0.2,
      tpotCount: 10,
      tpotLeUs10000: 1,
    },
  ],
  [
    "vLLM",
    "of an older version, with two engines behind one server",
    `vllm:num_requests_running{engine="0"} 8
vllm:num_requests_running{engine="1"} 6
vllm:gpu_cache_usage_perc{engine="0"} 0.5
vllm:gpu_cache_usage_perc{engine="1"} 0.7
vllm:gpu_prefix_cache_queries_total{engine="0"} 40
vllm:gpu_prefix_cache_hits_total{engine="0"} 10
${histogram("vllm:time_per_output_token_seconds", { "0.01": 1, "+Inf": 100 }, 2, 'engine="0",')}\
${histogram("vllm:time_per_output_token_seconds", { "0.01": 2, "0.02": 3, "+Inf": 200 }, 4, 'engine="1",')}`,
    {
      running: 14,
      kvPercent: 60,
      prefixQueries: 40,
      prefixHits: 10,
      tpotS: 6,
      tpotCount: 300,
      tpotLeUs10000: 3,
    },
  ],
  [
    "SGLang",
    "with totals beside the queues of each priority",
    `sglang:num_running_reqs{model_name="m",priority=""} 5
sglang:num_queue_reqs{model_name="m",priority=""} 4
sglang:num_queue_reqs{model_name="m",priority="1"} 4
sglang:token_usage{model_name="m"} 0.28
sglang:prompt_tokens_total{model_name="m"} 800
sglang:generation_tokens_total{model_name="m"} 700
sglang:cached_tokens_total{model_name="m",cache_source="device"} 20
sglang:cached_tokens_total{model_name="m",cache_source="host"} 5
sglang:num_retracted_reqs{model_name="m"} 1
sglang:num_retracted_requests_total{model_name="m"} 3
sglang:num_requests_total{model_name="m"} 9
${histogram("sglang:time_to_first_token_seconds", { "0.1": 4, "+Inf": 9 }, 1.8)}\
${histogram("sglang:inter_token_latency_seconds", { "0.002": 4, "+Inf": 600 }, 6)}\
${histogram("sglang:per_stage_req_latency_seconds", { "0.1": 4, "+Inf": 9 }, 0.9, 'stage="prefill_forward",')}\
${histogram("sglang:per_stage_req_latency_seconds", { "0.1": 4, "+Inf": 9 }, 7, 'stage="decode_waiting",')}\
${histogram("sglang:queue_time_seconds", { "0": 4, "+Inf": 9 }, 0.5)}`,
    {
      running: 5,
      waiting: 4,
      kvPercent: 28,
      preemptions: 3,
      prefixQueries: 800,
      prefixHits: 25,
      promptTokens: 800,
      outputTokens: 700,
      requests: 9,
      queueS: 0.5,
      queueCount: 9,
      prefillS: 0.9,
      prefillCount: 9,
      ttftS: 1.8,
      ttftCount: 9,
      ttftLeUs100000: 4,
      tpotS: 6,
      tpotCount: 600,
      tpotLeUs2000: 4,
    },
  ],
  [
    "llama.cpp",
    "without its KV cache, which newer versions do not export",
    `# HELP llamacpp:requests_processing Number of requests processing.
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 4
llamacpp:requests_deferred 46
llamacpp:prompt_tokens_total 1200
llamacpp:tokens_predicted_total 17029
llamacpp:prompt_tokens_seconds 250.5
`,
    { running: 4, waiting: 46, promptTokens: 1200, outputTokens: 17_029 },
  ],
  [
    "llama.cpp",
    "with the prompt tokens of its cache counted apart",
    `llamacpp:prompt_tokens_total 854
llamacpp:prompt_tokens_cached_total 109
llamacpp:tokens_predicted_total 1248
`,
    { prefixQueries: 963, prefixHits: 109, promptTokens: 963, outputTokens: 1248 },
  ],
  [
    "TGI",
    "whose tokens are sums of histograms",
    `tgi_queue_size 2
tgi_batch_current_size 7
tgi_request_success{method="generate"} 12
${histogram("tgi_request_input_length", { "100": 12, "+Inf": 12 }, 480)}\
${histogram("tgi_request_generated_tokens", { "100": 12, "+Inf": 12 }, 960)}\
${histogram("tgi_request_queue_duration", { "0.1": 12, "+Inf": 12 }, 0.6)}\
${histogram("tgi_request_mean_time_per_token_duration", { "0.01": 12, "+Inf": 12 }, 0.12)}`,
    {
      running: 7,
      waiting: 2,
      promptTokens: 480,
      outputTokens: 960,
      requests: 12,
      queueS: 0.6,
      queueCount: 12,
      tpotS: 0.12,
      tpotCount: 12,
      tpotLeUs10000: 12,
    },
  ],
  [
    "TensorRT-LLM",
    "whose lookups are the sum of two counters",
    `trtllm_num_requests_running{model_name="m"} 3
trtllm_num_requests_waiting{model_name="m"} 1
trtllm_kv_cache_utilization{model_name="m"} 0.5
trtllm_kv_cache_reused_blocks_total{model_name="m"} 30
trtllm_kv_cache_missed_blocks_total{model_name="m"} 70
trtllm_request_success_total{model_name="m",finished_reason="stop"} 5
trtllm_prompt_tokens_total{model_name="m"} 50
trtllm_generation_tokens_total{model_name="m"} 60
${histogram("trtllm_time_to_first_token_seconds", { "0.5": 5, "+Inf": 5 }, 1)}`,
    {
      running: 3,
      waiting: 1,
      kvPercent: 50,
      prefixQueries: 100,
      prefixHits: 30,
      requests: 5,
      promptTokens: 50,
      outputTokens: 60,
      ttftS: 1,
      ttftCount: 5,
      ttftLeUs500000: 5,
    },
  ],
  [
    "Triton",
    "with its durations in µs, and every model of its ensemble",
    `nv_trt_llm_request_metrics{model="tensorrt_llm",request_type="scheduled",version="1"} 6
nv_trt_llm_request_metrics{model="tensorrt_llm",request_type="waiting",version="1"} 2
nv_trt_llm_request_metrics{model="tensorrt_llm",request_type="max",version="1"} 512
nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",model="tensorrt_llm",version="1"} 0.25
nv_inference_request_success{model="preprocessing",version="1"} 40
nv_inference_request_success{model="tensorrt_llm",version="1"} 40
nv_inference_queue_duration_us{model="tensorrt_llm",version="1"} 2000000
`,
    { running: 6, waiting: 2, kvPercent: 25, requests: 40, queueS: 2, queueCount: 40 },
  ],
  [
    "NIM",
    "before its names were vLLM's",
    `num_requests_running{model_name="m"} 1
num_requests_waiting{model_name="m"} 0
num_request_max{model_name="m"} 2048
gpu_cache_usage_perc{model_name="m"} 0.1
prompt_tokens_total{model_name="m"} 603
generation_tokens_total{model_name="m"} 997
request_success_total{model_name="m"} 4
${histogram("time_to_first_token_seconds", { "0.5": 4, "+Inf": 4 }, 0.4)}`,
    {
      running: 1,
      waiting: 0,
      kvPercent: 10,
      promptTokens: 603,
      outputTokens: 997,
      requests: 4,
      ttftS: 0.4,
      ttftCount: 4,
      ttftLeUs500000: 4,
    },
  ],
  [
    "OpenTelemetry",
    "as any server exports them",
    `gen_ai_client_token_usage_sum{gen_ai_token_type="input"} 100
gen_ai_client_token_usage_sum{gen_ai_token_type="output"} 200
${histogram("gen_ai_server_request_duration_seconds", { "1": 3, "+Inf": 4 }, 5)}\
${histogram("gen_ai_server_time_to_first_token_seconds", { "0.1": 3, "+Inf": 4 }, 0.8)}\
${histogram("gen_ai_server_time_per_output_token_seconds", { "0.025": 3, "+Inf": 4 }, 0.1)}# EOF
`,
    {
      promptTokens: 100,
      outputTokens: 200,
      requests: 4,
      e2eS: 5,
      e2eCount: 4,
      ttftS: 0.8,
      ttftCount: 4,
      ttftLeUs100000: 3,
      tpotS: 0.1,
      tpotCount: 4,
      tpotLeUs25000: 3,
    },
  ],
];

test.each(FORMS)("%s's metrics are understood %s", (engine, _, text, values) => {
  const scrape = read(text);
  expect(scrape).toEqual({ engine, values: expect.anything() });
  if (typeof scrape !== "string")
    for (const [name, value] of Object.entries(values))
      expect.soft(scrape.values[name], name).toBeCloseTo(value ?? Number.NaN, 9);
  expect(typeof scrape === "string" ? [] : Object.keys(scrape.values).toSorted()).toEqual(
    Object.keys(values).toSorted(),
  );
});

test.each([
  ["NaN", "vllm:num_requests_running NaN\n"],
  ["below zero", "vllm:num_requests_running -1\n"],
  ["infinite", "vllm:num_requests_running +Inf\n"],
  [
    "one of two that is NaN",
    'vllm:num_requests_running{engine="0"} 1\nvllm:num_requests_running{engine="1"} NaN\n',
  ],
])("a value that is %s is unknown, never 0", (_, text) =>
  expect(read(`${text}vllm:kv_cache_usage_perc 0.5\n`)).toEqual({
    engine: "vLLM",
    values: { running: null, kvPercent: 50 },
  }),
);

/** All that a server exports: names, types, labels and edges are its own, the values are made up. */
const whole = (server: string): string =>
  readFileSync(join(import.meta.dirname, "../../testkit/scrapes", `${server}.txt`), "utf8");

describe("a whole scrape is understood, whatever stands beside what is wanted:", () => {
  test("vLLM 0.32.0", () => {
    const scrape = read(whole("vllm-0.32.0"));
    expect(scrape).toMatchObject({
      engine: "vLLM",
      values: {
        running: 8,
        waiting: 3,
        kvPercent: 95.5,
        preemptions: 2,
        prefixQueries: 400,
        prefixHits: 100,
        promptTokens: 4000,
        outputTokens: 1280,
        requests: 10,
        queueS: 1,
        prefillS: 1.25,
        decodeS: 30,
        e2eS: 33,
        ttftS: 2.5,
        ttftLeUs250000: 7,
        tpotS: 0.2,
        tpotCount: 10,
      },
    });
    const values = typeof scrape === "string" ? {} : scrape.values;
    expect(Object.keys(values).filter((name) => name.startsWith("ttftLe"))).toHaveLength(22);
    expect(Object.values(values)).not.toContain(null);
  });
  test("llama.cpp's server of llama-cpp-python 0.3.36", () =>
    expect(read(whole("llama-server-0.3.36"))).toEqual({
      engine: "llama.cpp",
      values: {
        running: 4,
        waiting: 46,
        prefixQueries: 963,
        prefixHits: 109,
        draftTokens: 90,
        acceptedTokens: 60,
        promptTokens: 963,
        outputTokens: 1248,
      },
    }));
  test("what LiteLLM 1.108.7 counts is its own, and it is no engine", () =>
    expect(read(whole("litellm-1.108.7"))).toBe("unknown_engine"));
});

test("a cache that is more than full is unknown", () =>
  expect(read("vllm:kv_cache_usage_perc 1.5\n")).toEqual({ engine: "vLLM", values: { kvPercent: null } }));

test("metrics of another kind of program are those of no engine", () => {
  expect(read("process_cpu_seconds_total 1\ngo_goroutines 7\n")).toBe("unknown_engine");
  expect(read("hello\n")).toBe("not_metrics");
});

test("a histogram with more edges than any engine has keeps its sum and its count", () => {
  const edges = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [String(i + 1), i]));
  const scrape = read(histogram("vllm:time_to_first_token_seconds", { ...edges, "+Inf": 60 }, 90));
  expect(scrape).toEqual({ engine: "vLLM", values: { ttftS: 90, ttftCount: 60 } });
});

test("scrapes become a segment in which a column that came later is null before", () => {
  const taken = [
    { monotonicMs: 10.5, scrape: { engine: "vLLM", values: { running: 1, ttftLeUs1000: 3 } } },
    {
      monotonicMs: 1010.5,
      scrape: { engine: "vLLM", values: { running: 2, requests: 5, ttftLeUs1000: null } },
    },
  ];
  const segment = parseSegment(
    serverSegment(taken, { writer: "load", boot: "a1", host: "h", startedUnixMs: 1_700_000_000_000 }),
  );
  expect(segment.rejected).toEqual({});
  expect(segment.header?.columns).toEqual([
    { name: "running", unit: "{request}" },
    { name: "requests", unit: "{request}" },
    { name: "ttftLeUs1000", unit: "{request}" },
  ]);
  expect(segment.header?.identities).toMatchObject([{ index: 0, name: "vLLM" }]);
  expect(segment.readings).toEqual([
    { monotonicMs: 10.5, identity: 0, values: [1, null, 3] },
    { monotonicMs: 1010.5, identity: 0, values: [2, 5, null] },
  ]);
});
