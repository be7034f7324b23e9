import { AGENT_PATH } from "@brimline/functions/local-agent";
import { spawn } from "node:child_process";
import { once } from "node:events";

export const usage = `brimline agent …: run the agent on a GPU host (node agent/main.ts --help lists its options).\n`;

export async function run(args: string[]): Promise<number> {
  const child = spawn(process.execPath, [AGENT_PATH, ...args], { stdio: "inherit" });
  // Ctrl-C reaches the child through the terminal; we only wait for it. A SIGTERM to us alone is passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
