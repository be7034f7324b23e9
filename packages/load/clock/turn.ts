import { performance } from "node:perf_hooks";

/**
 * It is called at the end of each turn of the event loop that read data. It hears when the turn began, how
 * long the loop had slept until then in all (ms), and how often the turn read.
 */
export type TurnWatcher = (startedMs: number, idleMs: number, reads: number) => void;

const watchers = new Set<TurnWatcher>();
let startedMs: number | null = null;
let idleMs = 0;
let reads = 0;

/**
 * The monotonic ms at which this turn of the event loop first saw data. It must be called once for each piece
 * that is read. All sockets that became readable in one turn were ready before any of them was read, so they
 * share the stamp. Otherwise the last of a hundred streams would seem late by the time that parsing the
 * others took.
 */
export function turnMs(): number {
  reads++;
  if (startedMs !== null) return startedMs;
  const beganMs = performance.now();
  startedMs = beganMs;
  if (watchers.size > 0) idleMs = performance.nodeTiming.idleTime;
  // The check phase comes right after the poll phase, which reads sockets.
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
