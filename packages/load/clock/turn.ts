import { performance } from "node:perf_hooks";

/** Told of a turn of the event loop that read data, when it is over: when it began, how long the loop had slept until then in all, ms, and how often it read. */
export type TurnWatcher = (startedMs: number, idleMs: number, reads: number) => void;

const watchers = new Set<TurnWatcher>();
let startedMs: number | null = null;
let idleMs = 0;
let reads = 0;

/**
 * Monotonic ms at which this turn of the event loop first saw data; to be called once for each piece that is read. All sockets that became
 * readable in one turn were ready before any of them was read, so they share the stamp; otherwise the last of a hundred streams would be
 * late by the parsing of the others.
 */
export function turnMs(): number {
  reads++;
  if (startedMs !== null) return startedMs;
  const beganMs = performance.now();
  startedMs = beganMs;
  if (watchers.size > 0) idleMs = performance.nodeTiming.idleTime;
  // The check phase comes right after the poll phase that reads sockets.
  setImmediate(() => {
    for (const watcher of watchers) watcher(beganMs, idleMs, reads);
    startedMs = null;
    reads = 0;
  });
  return beganMs;
}

/** Watches all turns from now until the function that it returns is called. */
export function watchTurns(watcher: TurnWatcher): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}
