import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NO_SPREAD, numberAt, type OwnFigures, type OwnSpread } from "./figures.ts";
import { INPUT_TOKENS, jsonLines, type Peer, script } from "./peer.ts";

const PROMPTS = "prompts.jsonl";
const RESULT = "report.json";
/**
 * Timeouts in seconds. With its default of 5 for a connection it fails a third of the requests of 1,000 users
 * on one core, because it comes to them too late itself.
 */
const PATIENCE = "timeout_connect=600,timeout=600";

export const guidellm: Peer = {
  name: "guidellm",
  version: "0.8.1",
  environment: "guidellm",
  requirements: ["guidellm==0.8.1"],
  pythonMinorMin: 10,
  takesPrompts: true,
  firstOutput: "content",
  args: (run) =>
    [
      script("guidellm", "guidellm"),
      "run",
      "--backend",
      `kind=openai_http,target=${run.url},model=${run.model},${PATIENCE}`,
    ].concat(
      [
        "--profile",
        `kind=concurrent,streams=${run.streams}`,
        "--constraint",
        `kind=max_requests,count=${run.requests}`,
      ],
      ["--tokenizer", `kind=huggingface_auto,model=${run.tokenizer}`, "--data"],
      run.prompts === null
        ? `kind=synthetic_text,prompt_tokens=${INPUT_TOKENS},output_tokens=${run.outputTokens}`
        : `kind=json_file,path=${join(run.folder, PROMPTS)}`,
      ["--output", `kind=json,path=${join(run.folder, RESULT)}`, "--disable-console"],
    ),
  files: ({ prompts, outputTokens }) =>
    prompts === null
      ? {}
      : { [PROMPTS]: jsonLines(prompts.map((prompt) => ({ prompt, output_tokens_count: outputTokens }))) },
  figures: async ({ folder }) => readGuidellm(JSON.parse(await readFile(join(folder, RESULT), "utf8"))),
};

/**
 * Reads the only benchmark of a JSON report. Its own `time_per_output_token` counts from sent. Its
 * inter-token latency is what others call TPOT: one value a request.
 */
export function readGuidellm(report: unknown): OwnFigures {
  const [benchmark] = (report as { benchmarks: { metrics: unknown }[] }).benchmarks;
  const of = (...path: string[]): number | null => numberAt(benchmark?.metrics, ...path);
  const spread = (metric: string): OwnSpread => ({
    mean: of(metric, "successful", "mean"),
    p50: of(metric, "successful", "percentiles", "p50"),
    p99: of(metric, "successful", "percentiles", "p99"),
  });
  return {
    requests: of("request_totals", "successful") ?? 0,
    failed: (of("request_totals", "errored") ?? 0) + (of("request_totals", "incomplete") ?? 0),
    inputTokens: of("prompt_token_count", "successful", "total_sum"),
    outputTokens: of("output_token_count", "successful", "total_sum"),
    ttftMs: spread("time_to_first_token_ms"),
    tpotMs: spread("inter_token_latency_ms"),
    itlMs: NO_SPREAD,
    outputTokensPerS: of("output_tokens_per_second", "successful", "mean"),
  };
}
