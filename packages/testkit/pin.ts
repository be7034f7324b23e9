import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const canPin = spawnSync("taskset", ["-p", String(process.pid)], { stdio: "ignore" }).status === 0;
const cores = availableParallelism();

/**
 * The server has one core and the client another. They are null where this machine has one core only, or no
 * `taskset`.
 */
export const CORES: { server: number | null; client: number | null } =
  canPin && cores > 1 ? { server: 0, client: cores - 1 } : { server: null, client: null };

/** A command that runs on that core alone. */
export function pinned(command: string[], core: number | null): [string, ...string[]] {
  const [file = "", ...args] = command;
  return core === null ? [file, ...args] : ["taskset", "-c", String(core), file, ...args];
}
