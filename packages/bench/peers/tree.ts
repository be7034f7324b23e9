import { readdirSync, readFileSync } from "node:fs";

/** Linux gives processes' times in this unit on every machine that Node runs on. */
const TICK_US = 10_000;
const PAGE_MIB = 4096 / 1024 ** 2;

/** What /proc/<pid>/stat says after the command's name, which may hold anything. */
interface Process {
  pid: number;
  parent: number;
  /** The CPU time of the process and of children that it has waited for. */
  cpuUs: number;
  rssMb: number;
}

/** What a process and all below it have used so far, and the memory that they hold now. */
export function treeOf(root: number): { pids: number[]; cpuUs: number; rssMb: number } {
  const processes = readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : [],
  );
  const inTree = new Set([root]);
  // A child may have a lower number than its parent, so this looks until nothing is added.
  for (let size = 0; size < inTree.size;) {
    size = inTree.size;
    for (const { pid, parent } of processes) if (inTree.has(parent)) inTree.add(pid);
  }
  const tree = processes.filter(({ pid }) => inTree.has(pid));
  const sum = (of: (process: Process) => number): number =>
    tree.reduce((total, process) => total + of(process), 0);
  return {
    pids: tree.map(({ pid }) => pid),
    cpuUs: sum(({ cpuUs }) => cpuUs),
    rssMb: sum(({ rssMb }) => rssMb),
  };
}

function readProcess(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return { pid, parent, cpuUs: ticks * TICK_US, rssMb: (fields[21] ?? 0) * PAGE_MIB };
  } catch {
    return null; // It has ended since the folder was read.
  }
}
