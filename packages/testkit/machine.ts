import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** The machine that the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  /** It is null where there is no compiler. */
  compiler: string | null;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.version,
    compiler: compilerVersion(),
  };
}

function compilerVersion(): string | null {
  try {
    return (
      execFileSync(process.env["CC"] ?? "cc", ["--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).split("\n")[0] ?? null
    );
  } catch {
    return null;
  }
}

/** The mean number of processes that wanted a CPU in the last minute. */
export const loadAverage = (): number => loadavg()[0] ?? Number.NaN;

/**
 * The most memory this process has held at once, MB. On Linux `maxrss` is not used, because it begins with
 * the parent's.
 */
export function largestRssMb(): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/**
 * How many files a child process may have open. It is Infinity where that is not known. Node raises its own
 * limit to the hard one at its start.
 */
export function openFilesMax(): number {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined || soft === "unlimited" ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
