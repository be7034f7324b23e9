import { serveEngine } from "./serve.ts";
import { tinyLlamaGguf } from "./tiny-llama.ts";
import { pipInstall, venvPython } from "./venv.ts";

/**
 * Runs llama-cpp-python's server with a tiny Llama of random weights: `node
 * packages/bench/engines/llama-cpp.ts`. The first run builds it for about ten minutes.
 */
const LLAMA_CPP_PYTHON = "0.3.36";
const MODEL = "tiny-llama";

const python = await venvPython("llama-cpp", (python) =>
  pipInstall(
    python,
    `llama-cpp-python[server]==${LLAMA_CPP_PYTHON}`,
    "gguf==0.19.0",
    "tokenizers==0.23.3",
    "numpy",
  ),
);
const file = await tinyLlamaGguf(python, MODEL);

await serveEngine({
  name: "llama-cpp",
  model: MODEL,
  command: python,
  // By default a second request cuts off the first one. Here requests queue.
  argsFor: (port) =>
    ["-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", String(port)].concat(
      [
        "--model",
        file,
        "--model_alias",
        MODEL,
        "--n_ctx",
        "2048",
        "--n_threads",
        "1",
        "--n_threads_batch",
        "1",
      ],
      ["--interrupt_requests", "false"],
    ),
});
