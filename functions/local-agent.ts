import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./local/child.ts";

/** The agent is a program of its own: it is started, never imported. */
export const AGENT_PATH = fileURLToPath(new URL("../agent/main.ts", import.meta.url));
const READY_MS = 15_000;

export interface LocalAgent {
  /** To be named in jobs. */
  id: string;
  /** Uploads what it holds, then ends. */
  stop(): Promise<void>;
}

/** Starts the agent on this machine; its identity and its spool lie in the data folder. Throws a BrimlineError with what it said. */
export async function startLocalAgent(options: {
  serverUrl: string;
  key: string | null;
  dataDir: string;
  nvidiaSmi?: string;
  env?: NodeJS.ProcessEnv;
}): Promise<LocalAgent> {
  const args = [
    "--server",
    options.serverUrl,
    "--spool",
    join(options.dataDir, "agent"),
    ...(options.nvidiaSmi === undefined ? [] : ["--nvidia-smi", options.nvidiaSmi]),
  ];
  const env = { ...options.env, ...(options.key !== null && { BRIMLINE_KEY: options.key }) };
  const started = await startProgram(AGENT_PATH, args, {
    ready: /^brimline agent ([a-z0-9]{20}) /,
    withinMs: READY_MS,
    env,
  });
  return { id: started.match[1] ?? "", stop: () => started.stop() };
}

/** Whether this machine has a GPU that the agent can sample. */
export const hasGpu = (): Promise<boolean> =>
  new Promise((resolve) =>
    execFile("nvidia-smi", ["-L"], { timeout: 5000 }, (error, stdout) =>
      resolve(error === null && stdout.includes("GPU ")),
    ),
  );
