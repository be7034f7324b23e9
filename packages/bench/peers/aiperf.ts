import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { numberAt, type OwnFigures, type OwnSpread } from "./figures.ts";
import { INPUT_TOKENS, jsonLines, type Peer, script } from "./peer.ts";

const PROMPTS = "prompts.jsonl";
const ARTIFACTS = "artifacts";

export const aiperf: Peer = {
  name: "AIPerf",
  version: "0.13.0",
  environment: "aiperf",
  requirements: ["aiperf==0.13.0"],
  pythonMinorMin: 10,
  takesPrompts: true,
  firstOutput: "content",
  args: (run) =>
    [
      script("aiperf", "aiperf"),
      "profile",
      "--model",
      run.model,
      "--url",
      run.url,
      "--endpoint-type",
      "chat",
      "--streaming",
    ].concat(
      ["--tokenizer", run.tokenizer, "--use-server-token-count", "--extra-inputs", "ignore_eos:true"],
      run.prompts === null
        ? ["--isl", String(INPUT_TOKENS), "--osl", String(run.outputTokens)]
        : ["--input-file", join(run.folder, PROMPTS), "--custom-dataset-type", "single_turn"],
      ["--concurrency", String(run.streams), "--request-count", String(run.requests)],
      ["--artifact-dir", join(run.folder, ARTIFACTS), "--ui", "none"],
    ),
  files: ({ prompts, outputTokens }) =>
    prompts === null
      ? {}
      : { [PROMPTS]: jsonLines(prompts.map((text) => ({ text, output_length: outputTokens }))) },
  figures: async ({ folder }) =>
    readAiperf(JSON.parse(await readFile(join(folder, ARTIFACTS, "profile_export_aiperf.json"), "utf8"))),
};

/** Reads `profile_export_aiperf.json`. */
export function readAiperf(result: unknown): OwnFigures {
  const spread = (metric: string): OwnSpread => ({
    mean: numberAt(result, metric, "avg"),
    p50: numberAt(result, metric, "p50"),
    p99: numberAt(result, metric, "p99"),
  });
  return {
    requests: numberAt(result, "request_count", "avg") ?? 0,
    failed: numberAt(result, "error_request_count", "avg") ?? 0,
    inputTokens: numberAt(result, "input_sequence_length", "sum"),
    outputTokens: numberAt(result, "output_sequence_length", "sum"),
    ttftMs: spread("time_to_first_token"),
    tpotMs: spread("inter_token_latency"),
    itlMs: spread("inter_chunk_latency"),
    outputTokensPerS: numberAt(result, "output_token_throughput", "avg"),
  };
}
