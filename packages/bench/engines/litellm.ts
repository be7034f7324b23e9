import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LITELLM, LITELLM_ENV, litellmConfig } from "./litellm-proxy.ts";
import { serveEngine } from "./serve.ts";
import { ENGINES, pipInstall, venvPython } from "./venv.ts";

/**
 * Runs LiteLLM's proxy in front of an engine that runs already, by its base URL and its model: `node
 * packages/bench/engines/litellm.ts http://127.0.0.1:43623/v1 tiny-llama`.
 */
const [apiBase, model] = process.argv.slice(2);
if (apiBase === undefined || model === undefined) {
  process.stderr.write("node packages/bench/engines/litellm.ts <the engine's base URL, with /v1> <model>\n");
  process.exit(2);
}

const python = await venvPython("litellm", (python) => pipInstall(python, LITELLM));
const config = join(ENGINES, "litellm.yaml");
writeFileSync(config, litellmConfig({ apiBase, model }));

await serveEngine({
  name: "litellm",
  model,
  command: join(python, "../litellm"),
  argsFor: (port) => ["--config", config, "--host", "127.0.0.1", "--port", String(port)],
  env: LITELLM_ENV,
});
