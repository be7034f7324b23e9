import { existsSync } from "node:fs";
import { join } from "node:path";
import { BENCH } from "../cache.ts";
import { ENGINES } from "../engines/venv.ts";
import { aiperf } from "./aiperf.ts";
import { guidellm } from "./guidellm.ts";
import { inferencePerf } from "./inference-perf.ts";
import type { Peer } from "./peer.ts";
import { install, installedPython, tryRun } from "./venv.ts";
import { vllm } from "./vllm.ts";

export const PEERS: Peer[] = [vllm, guidellm, aiperf, inferencePerf];

export const EQUIVALENTS = {
  environment: "equivalents",
  requirements: ["aiohttp==3.14.5", "httpx==0.28.1"],
} as const;

/** Where the tokenizer lies. Any environment that can make it makes it. It is null when none can. */
export async function tokenizerFolder(): Promise<string | null> {
  const made = [ENGINES, BENCH]
    .map((place) => join(place, "tiny-llama"))
    .find((folder) => existsSync(join(folder, "tokenizer_config.json")));
  if (made !== undefined) return made;
  const python = PEERS.map(({ environment }) => installedPython(environment)).find((found) => found !== null);
  if (python === undefined) return null;
  const folder = join(BENCH, "tiny-llama");
  const failed = await tryRun(python, [join(import.meta.dirname, "../engines/make-model.py"), folder]);
  return failed === null ? folder : null;
}

/**
 * Installs what is missing, one after another, which takes minutes and some GB. It says on stderr what cannot
 * be installed.
 */
export async function installPeers(): Promise<void> {
  const wanted = [
    { ...EQUIVALENTS, requirements: [...EQUIVALENTS.requirements], pythonMinorMin: 10 },
    ...PEERS,
  ];
  for (const { environment, requirements, pythonMinorMin } of wanted) {
    if (requirements.length === 0) continue;
    const failed = await install(environment, requirements, pythonMinorMin);
    process.stderr.write(
      `${environment}: ${failed === null ? "installed" : `not installable here: ${failed}`}\n`,
    );
  }
}
