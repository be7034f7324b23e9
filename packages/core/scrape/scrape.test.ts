import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSegment } from "../record/telemetry/segment.ts";
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

/**
 * All that a server exports, in its own names, types, labels and edges; the values are made up. What `vLLM 0.32.0`,
 * `llama.cpp` and `LiteLLM` export they wrote themselves, when they ran here. What the others do is written after their
 * public sources, because they need a GPU:
 * - vLLM's first engine: vllm/engine/metrics.py at 00c33e81 (2024)
 * - SGLang: python/sglang/srt/observability/metrics_collector.py at 016d8605 (2026), with priorities switched on
 * - TGI: router/src/server.rs at 003eaec0 (2025), whose exporter leaves counters without `_total`
 * - TensorRT-LLM: tensorrt_llm/metrics/collector.py at 050f80de (2026)
 * - Triton: its docs/user_guide/metrics.md, and the metrics of triton-inference-server/tensorrtllm_backend
 * - NIM: https://docs.nvidia.com/nim/large-language-models/1.8.0/observability.html
 * - OpenTelemetry: its semantic conventions of gen_ai, as its exporter for Prometheus writes names and units
 */
const whole = (server: string): string =>
  readFileSync(join(import.meta.dirname, "../../testkit/scrapes", `${server}.txt`), "utf8");

/** The file, the engine, the values without their buckets, and how many edges TTFT and TPOT have. */
const WHOLE: [file: string, engine: string, values: Record<string, number>, edges: [number, number]][] = [
  [
    "vllm-0.32.0",
    "vLLM",
    {
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
      queueCount: 10,
      prefillS: 1.25,
      prefillCount: 10,
      decodeS: 30,
      decodeCount: 10,
      ttftS: 2.5,
      ttftCount: 10,
      tpotS: 0.2,
      tpotCount: 10,
      e2eS: 33,
      e2eCount: 10,
    },
    [22, 19],
  ],
  [
    "vllm-first-engine",
    "vLLM",
    {
      running: 8,
      waiting: 3,
      kvPercent: 95.5,
      preemptions: 2,
      promptTokens: 4000,
      outputTokens: 1280,
      requests: 10,
      ttftS: 2.5,
      ttftCount: 10,
      tpotS: 25.4,
      tpotCount: 1270,
      e2eS: 33,
      e2eCount: 10,
    },
    [16, 13],
  ],
  [
    "sglang",
    "SGLang",
    {
      running: 5,
      waiting: 4,
      kvPercent: 25,
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
      tpotS: 6,
      tpotCount: 600,
      e2eS: 8.1,
      e2eCount: 9,
    },
    [18, 23],
  ],
  [
    "llama-server-0.3.36",
    "llama.cpp",
    {
      running: 4,
      waiting: 46,
      prefixQueries: 963,
      prefixHits: 109,
      draftTokens: 90,
      acceptedTokens: 60,
      promptTokens: 963,
      outputTokens: 1248,
    },
    [0, 0],
  ],
  [
    "tgi",
    "TGI",
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
      e2eS: 9.6,
      e2eCount: 12,
    },
    [0, 35],
  ],
  [
    "tensorrt-llm",
    "TensorRT-LLM",
    {
      running: 3,
      waiting: 1,
      kvPercent: 50,
      prefixQueries: 100,
      prefixHits: 30,
      draftTokens: 90,
      acceptedTokens: 60,
      promptTokens: 50,
      outputTokens: 60,
      requests: 5,
      queueS: 0.5,
      queueCount: 5,
      prefillS: 0.4,
      prefillCount: 5,
      decodeS: 5,
      decodeCount: 5,
      ttftS: 1,
      ttftCount: 5,
      tpotS: 0.1,
      tpotCount: 5,
      e2eS: 6,
      e2eCount: 5,
    },
    [22, 19],
  ],
  [
    "triton",
    "Triton",
    { running: 6, waiting: 2, kvPercent: 25, requests: 40, queueS: 2, queueCount: 40 },
    [0, 0],
  ],
  [
    "nim",
    "NIM",
    {
      running: 1,
      waiting: 0,
      kvPercent: 10,
      promptTokens: 603,
      outputTokens: 997,
      requests: 4,
      ttftS: 0.4,
      ttftCount: 4,
      tpotS: 9.93,
      tpotCount: 993,
      e2eS: 10,
      e2eCount: 4,
    },
    [16, 13],
  ],
  [
    "opentelemetry",
    "OpenTelemetry",
    {
      promptTokens: 100,
      outputTokens: 200,
      requests: 4,
      ttftS: 0.8,
      ttftCount: 4,
      tpotS: 0.1,
      tpotCount: 4,
      e2eS: 5,
      e2eCount: 4,
    },
    [16, 13],
  ],
];

describe("a whole scrape is understood, whatever stands beside what is wanted:", () => {
  test.each(WHOLE)("%s", (file, engine, values, [ttftEdges, tpotEdges]) => {
    const scrape = read(whole(file));
    if (typeof scrape === "string") throw new Error(scrape);
    expect(scrape.engine).toBe(engine);
    const columns = Object.entries(scrape.values);
    const edges = (of: string): number => columns.filter(([name]) => name.startsWith(`${of}LeUs`)).length;
    expect(Object.fromEntries(columns.filter(([name]) => !name.includes("LeUs")))).toEqual(values);
    expect([edges("ttft"), edges("tpot")]).toEqual([ttftEdges, tpotEdges]);
    expect(Object.values(scrape.values)).not.toContain(null);
  });
  test.each([
    ["vllm-0.32.0", "ttftLeUs250000", 7],
    ["vllm-first-engine", "ttftLeUs250000", 7],
    // Streams, and the one request that did not ask for one.
    ["sglang", "ttftLeUs200000", 6],
    ["tgi", "tpotLeUs5767", 3],
    ["tensorrt-llm", "ttftLeUs250000", 4],
    ["nim", "tpotLeUs10000", 500],
    ["opentelemetry", "ttftLeUs100000", 3],
  ])("%s says how many were at most so long: %s", (file, column, count) => {
    const scrape = read(whole(file));
    expect(typeof scrape === "string" ? scrape : scrape.values[column]).toBe(count);
  });
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
