import { AGENT_PATH } from "@brimline/functions/local-agent";
import { spawn } from "node:child_process";
import { once } from "node:events";

export async function run(): Promise<number> {
  // The flags are passed on as typed, because the agent reads its flags and its environment itself.
  const [, , , ...args] = process.argv;
  // The agent ends with the channel, so also when this process is killed.
  const child = spawn(process.execPath, [AGENT_PATH, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // A terminal sends Ctrl-C to both processes. The agent takes the two for one.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
