import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { numberAt, type OwnFigures, type OwnSpread, times } from "./figures.ts";
import { type Peer, type PeerRun, script } from "./peer.ts";

const CONFIG = "config.json";
const PROMPTS = "prompts.json";
const REPORTS = "reports";

/**
 * With given prompts it sends plain completions, because of its kinds of data only that one takes prompts and
 * lengths from a file.
 */
export const inferencePerf: Peer = {
  name: "inference-perf",
  version: "0.7.0",
  environment: "inference-perf",
  requirements: ["inference-perf==0.7.0"],
  pythonMinorMin: 12,
  takesPrompts: true,
  firstOutput: "content",
  args: ({ folder }) => [script("inference-perf", "inference-perf"), "-c", join(folder, CONFIG)],
  files: (run) => ({
    [CONFIG]: JSON.stringify(configOf(run)),
    ...(run.prompts !== null && { [PROMPTS]: conversations(run.prompts, run.outputTokens) }),
  }),
  figures: async ({ folder }) =>
    readInferencePerf(
      JSON.parse(await readFile(join(folder, REPORTS, "summary_lifecycle_metrics.json"), "utf8")),
    ),
};

const configOf = (run: PeerRun): unknown => ({
  load: {
    type: "concurrent",
    stages: [{ num_requests: run.requests, concurrency_level: run.streams }],
    num_workers: 1,
    worker_max_concurrency: run.streams,
    worker_max_tcp_connections: run.streams,
  },
  api: { type: run.prompts === null ? "chat" : "completion", streaming: true },
  server: { type: "vllm", model_name: run.model, base_url: run.url, ignore_eos: true },
  tokenizer: { pretrained_model_name_or_path: run.tokenizer },
  data: run.prompts === null ? { type: "mock" } : { type: "shareGPT", path: join(run.folder, PROMPTS) },
  storage: { local_storage: { path: join(run.folder, REPORTS) } },
});

/**
 * inference-perf counts the answer's tokens to know how many to ask for. A word after a space is one token in
 * most tokenizers. It throws the first conversation away.
 */
function conversations(prompts: string[], outputTokens: number): string {
  const answer = { from: "gpt", value: " time".repeat(outputTokens) };
  return JSON.stringify(
    [...prompts.slice(0, 1), ...prompts].map((value) => ({
      conversations: [{ from: "human", value }, answer],
    })),
  );
}

/**
 * Reads `summary_lifecycle_metrics.json`, where times are in seconds. Its TPOT divides by the tokens that its
 * own tokenizer finds in the text.
 */
export function readInferencePerf(summary: unknown): OwnFigures {
  const of = (...path: string[]): number | null => numberAt(summary, "successes", ...path);
  const spread = (metric: string): OwnSpread => ({
    mean: times(of("latency", metric, "mean"), 1000),
    p50: times(of("latency", metric, "median"), 1000),
    p99: times(of("latency", metric, "p99"), 1000),
  });
  return {
    requests: of("count") ?? 0,
    failed: numberAt(summary, "failures", "count") ?? 0,
    inputTokens: of("prompt_tokens", "total"),
    outputTokens: of("output_tokens", "total"),
    ttftMs: spread("time_to_first_token"),
    tpotMs: spread("time_per_output_token"),
    itlMs: spread("inter_token_latency"),
    outputTokensPerS: of("throughput", "output_tokens_per_sec"),
  };
}
