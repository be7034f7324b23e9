import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { serveEngine } from "./serve.ts";
import { ENGINES, pipInstall, runOrThrow, venvPython } from "./venv.ts";

/**
 * Runs `transformers serve` on the CPU with the tiny Llama and random weights: `node
 * packages/bench/engines/transformers.ts`.
 */
const TRANSFORMERS = "5.19.0";

const python = await venvPython("transformers", (python) =>
  pipInstall(python, `transformers[serving]==${TRANSFORMERS}`, "torch==2.13.0", "accelerate", "requests"),
);
const model = join(ENGINES, "tiny-llama-weights");
if (!existsSync(join(model, "tokenizer_config.json")))
  await runOrThrow(python, [join(import.meta.dirname, "make-model.py"), model]);
if (!existsSync(join(model, "model.safetensors")))
  await runOrThrow(python, [join(import.meta.dirname, "make-weights.py"), model]);

// Without this folder it lists no models.
const hub = join(ENGINES, "hub");
mkdirSync(hub, { recursive: true });

await serveEngine({
  name: "transformers",
  // It calls a model by its folder.
  model,
  command: join(python, "../transformers"),
  argsFor: (port) => ["serve", model, "--host", "127.0.0.1", "--port", String(port), "--device", "cpu"],
  env: { HF_HUB_OFFLINE: "1", HF_HUB_CACHE: hub, DO_NOT_TRACK: "1" },
});
