import { readFileSync } from "node:fs";

/**
 * Whether the process with this pid is the one that began at `started` (see `startOf`) and still runs. A
 * zombie does not run. Its pid stays for ever when nobody reaps it, as in a container whose first process is
 * no init.
 */
export function isAlive(pid: number, started: string | null): boolean {
  const seen = look(pid);
  if (seen !== null) return seen.state !== "Z" && seen.state !== "X" && seen.started === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process lives and belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * The boot of the machine and the start tick of the process. In a container the same pid comes back at every
 * start, so the pid alone does not name a process. It is null on other systems than Linux.
 */
export const startOf = (pid: number): string | null => look(pid)?.started ?? null;

/**
 * Fields 3 and 22 of /proc/<pid>/stat (proc_pid_stat(5)). It is null when there is no such file, and only the
 * pid is known.
 */
function look(pid: number): { state: string | undefined; started: string } | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 2, the name, is in brackets and may hold any character.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0], started: `${boot}/${fields[19] ?? ""}` };
  } catch {
    return null;
  }
}
