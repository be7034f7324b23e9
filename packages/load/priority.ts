import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

const LEAST = 19;
const MOST = -20;

/**
 * Node is started with these for a process that sends load. They keep its young generation small, which saves
 * 35 MB at 1,000 streams and costs no CPU. And they keep garbage collection on the thread that reads: where V8's
 * helpers have no core of their own, that thread asks thousands of times a second whether they are done, which
 * made a chunk cost up to five times as much in one run of four. The reading thread compiles for itself, too: on a core
 * that it fills, the thread that compiles comes last, and code runs for seconds before it is fast. It stands still for
 * 5 ms at most (150 ms in all).
 */
export const LOAD_FLAGS = [
  "--max-semi-space-size=4",
  "--single-threaded-gc",
  "--no-concurrent-recompilation",
];

/**
 * Gives the thread that reads the streams the best priority that this process may give, and V8's and libuv's
 * helper threads the least: on a full core they take whole slices of 3 ms from it, and so do other processes. With
 * a busy loop on the same core and 100 streams it makes the share of merged chunks a tenth. Threads that are
 * started later have the priority of the thread that starts them. It acts on Linux only and never throws: what may
 * not be changed stays as it is. What it returns gives the reading thread its priority back.
 */
export function preferReadingThread(): () => void {
  if (process.platform !== "linux") return () => {};
  const before = getPriority();
  for (const thread of helperThreads()) setPriorityIfAllowed(thread, LEAST);
  setPriorityIfAllowed(process.pid, MOST);
  return () => setPriorityIfAllowed(process.pid, before);
}

function setPriorityIfAllowed(thread: number, priority: number): void {
  try {
    setPriority(thread, priority);
  } catch {}
}

/** All threads of this process but its main one. */
function helperThreads(): number[] {
  try {
    return readdirSync("/proc/self/task")
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}
