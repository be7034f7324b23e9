import { performance } from "node:perf_hooks";

let startedMs: number | null = null;

/**
 * Monotonic ms at which this turn of the event loop first saw data. All sockets that became readable in one turn were ready before
 * any of them was read, so they share the stamp; otherwise the last of a hundred streams would be late by the parsing of the others.
 */
export function turnMs(): number {
  if (startedMs === null) {
    startedMs = performance.now();
    // The check phase comes right after the poll phase that reads sockets.
    setImmediate(() => {
      startedMs = null;
    });
  }
  return startedMs;
}
