import { join } from "node:path";
import { serveEngine } from "./serve.ts";
import { tinyLlamaGguf } from "./tiny-llama.ts";
import { ENGINES, pipInstall, runOrThrow, venvPython } from "./venv.ts";

/**
 * Runs llama.cpp's own server with a tiny Llama of random weights: `node
 * packages/bench/engines/llama-server.ts`. The first run builds it for some ten minutes, from the sources that
 * the package llama-cpp-python brings. More arguments are passed to the server (`--embeddings`).
 */
const LLAMA_CPP_PYTHON = "0.3.36";
const MODEL = "tiny-llama";

const folder = join(ENGINES, "llama-server");
const python = await venvPython("llama-server", async (python) => {
  await pipInstall(python, "gguf==0.19.0", "tokenizers==0.23.3", "numpy");
  await runOrThrow(
    python,
    ["-m", "pip", "download", "--no-input", "--quiet", "--no-deps", "--no-binary", "llama-cpp-python"].concat(
      ["--dest", folder, `llama-cpp-python==${LLAMA_CPP_PYTHON}`],
    ),
  );
  const archive = `llama_cpp_python-${LLAMA_CPP_PYTHON}`;
  await runOrThrow("tar", ["xzf", join(folder, `${archive}.tar.gz`), "-C", folder]);
  const sources = join(folder, archive, "vendor/llama.cpp");
  await runOrThrow(
    "cmake",
    [
      "-S",
      sources,
      "-B",
      join(folder, "build"),
      "-DCMAKE_BUILD_TYPE=Release",
      "-DBUILD_SHARED_LIBS=OFF",
    ].concat([
      "-DLLAMA_BUILD_TESTS=OFF",
      "-DLLAMA_BUILD_EXAMPLES=OFF",
      "-DLLAMA_BUILD_UI=OFF",
      "-DLLAMA_OPENSSL=OFF",
    ]),
  );
  await runOrThrow("cmake", ["--build", join(folder, "build"), "--target", "llama-server", "-j", "2"]);
});
const file = await tinyLlamaGguf(python, MODEL);

await serveEngine({
  name: "llama-server",
  model: MODEL,
  command: join(folder, "build/bin/llama-server"),
  argsFor: (port) =>
    ["--host", "127.0.0.1", "--port", String(port), "--model", file, "--alias", MODEL].concat(
      ["--ctx-size", "8192", "--parallel", "4", "--threads", "1", "--metrics", "--no-webui"],
      process.argv.slice(2),
    ),
});
