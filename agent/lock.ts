import { BrimlineError } from "@brimline/core/error";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes the folder for this process alone: two agents would each seal and send what the other still writes. Throws BrimlineError `internal`. */
export function lockFolder(folder: string): { release(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "agent.pid");
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = Number(readFileSync(path, "utf8"));
    if (isRunning(holder)) {
      throw new BrimlineError(
        "internal",
        `Another agent (process ${holder}) uses ${folder}: stop it, or give this one a folder of its own with --spool.`,
      );
    }
    rmSync(path, { force: true });
  }
}

/** In a container every agent may be process 1: our own number is a lock that a killed one left. */
function isRunning(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
