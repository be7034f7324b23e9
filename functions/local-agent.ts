import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram } from "./local/child.ts";

/** The agent is a program of its own. It is started as a process and never imported. */
export const AGENT_PATH = fileURLToPath(new URL("../agent/main.ts", import.meta.url));
const READY_MS = 15_000;

export interface LocalAgent {
  /** The id that jobs name. */
  id: string;
  /** The agent uploads what it holds, then ends. */
  stop(): Promise<void>;
}

/**
 * Starts the agent on this machine. Its identity and its spool lie in the data folder. When it does not
 * start, this throws a BrimlineError with what the agent printed.
 */
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

/** The names of the GPUs of this machine that the agent can sample. */
export const localGpus = (): Promise<string[]> =>
  new Promise((resolve) =>
    execFile("nvidia-smi", ["-L"], { timeout: 5000 }, (error, stdout) =>
      resolve(
        error === null
          ? [...stdout.matchAll(/^GPU \d+: (.*?)(?: \(UUID:.*)?$/gm)].map(([, name = ""]) => name)
          : [],
      ),
    ),
  );
