import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installedPython } from "../peers/venv.ts";
import { CORES, pinned } from "@brimline/testkit/pin";

export interface RunningEngine {
  /** The base URL without /v1. */
  url: string;
  model: string;
  stop(): Promise<void>;
}

/**
 * Starts vLLM on the CPU, on the server's core. It has no cache of prefixes, because every client brings the
 * same prompts. It is null where vLLM is not installed.
 */
export const startEngineServer = (): Promise<RunningEngine | null> =>
  startEngine("vllm-cpu", ["--no-enable-prefix-caching"], CORES.server);

/** Starts an engine by its script in `engines`, on one core if there is one for it. It is null where it is not installed. */
export async function startEngine(
  name: string,
  args: readonly string[],
  core: number | null,
): Promise<RunningEngine | null> {
  if (installedPython(name) === null) return null;
  const [file, ...rest] = pinned(
    [process.execPath, join(import.meta.dirname, `../engines/${name}.ts`), ...args],
    core,
  );
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exited;
  };
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url, model] = /listening on (\S+)\/v1 model (\S+)/.exec(line) ?? [];
    if (url !== undefined && model !== undefined) return { url, model, stop };
  }
  throw new Error("the engine did not start");
}

/** An engine that runs already, with the only model that it lists. */
export async function engineAt(baseUrl: string): Promise<RunningEngine> {
  const { data } = (await (await fetch(`${baseUrl}/models`)).json()) as { data: { id: string }[] };
  const [model] = data;
  if (model === undefined) throw new Error(`${baseUrl} lists no model`);
  return { url: baseUrl.replace(/\/v1\/?$/, ""), model: model.id, stop: async () => {} };
}
