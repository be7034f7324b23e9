import { AGENT_PATH } from "@brimline/functions/local-agent";
import { spawn } from "node:child_process";
import { once } from "node:events";

export async function run(): Promise<number> {
  // The flags are passed on as typed, because the agent reads its flags and its environment itself.
  const [, , , ...args] = process.argv;
  const child = spawn(process.execPath, [AGENT_PATH, ...args], { stdio: "inherit" });
  // Ctrl-C reaches the child through the terminal, so this process only waits for it. A SIGTERM is passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
