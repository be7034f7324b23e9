import { readdirSync } from "node:fs";
import { setPriority } from "node:os";

const LEAST = 19;

/**
 * Lets V8's and libuv's helper threads wait for the thread that reads the streams: on a full core they take whole slices of 3 ms
 * from it. Linux only and never an error: what may not be changed, or has ended in between, stays as it is.
 */
export function calmHelperThreads(): void {
  if (process.platform !== "linux") return;
  for (const thread of threadsOf()) {
    try {
      setPriority(thread, LEAST);
    } catch {}
  }
}

/** All threads of this process but its main one. */
function threadsOf(): number[] {
  try {
    return readdirSync("/proc/self/task")
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}
