import { readFileSync } from "node:fs";

/**
 * Whether the process with this pid is the one that began at `started` (see `startOf`), and still runs. A zombie does not: where nobody reaps
 * it, as in a container whose first process is no init, its pid stays for ever.
 */
export function isAlive(pid: number, started: string | null): boolean {
  const seen = look(pid);
  if (seen !== null) return seen.state !== "Z" && seen.state !== "X" && seen.started === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Boot of the machine and start tick of the process, on Linux: in a container the same pid comes back at every start. Else null. */
export const startOf = (pid: number): string | null => look(pid)?.started ?? null;

/** Fields 3 and 22 of /proc/<pid>/stat (proc_pid_stat(5)); null where there is none, and the pid alone must do. */
function look(pid: number): { state: string | undefined; started: string } | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, field 2, stands in brackets and may hold any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0], started: `${boot}/${fields[19] ?? ""}` };
  } catch {
    return null;
  }
}
