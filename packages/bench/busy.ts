import { spawn } from "node:child_process";
import { CORES, pinned } from "@brimline/testkit/pin";

/** It asks now and then whether the process that started it is still there. */
const LOOP = `const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e7; i++);`;

/**
 * Starts a busy loop of plain priority on the clients' core, in a process of its own. It ends with this process, or
 * when what this returns is called. Where nothing is pinned, it runs on any core.
 */
export function startBusyLoop(): () => void {
  const [file, ...args] = pinned([process.execPath, "-e", LOOP], CORES.client);
  const loop = spawn(file, args, { stdio: "ignore" });
  return () => void loop.kill("SIGKILL");
}
