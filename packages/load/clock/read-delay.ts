import { performance } from "node:perf_hooks";
import { watchTurns } from "./turn.ts";

/** An event loop that slept for less time found data at once. */
const AT_ONCE_MS = 0.05;
/** Each bucket is 4 % larger than the one before. They reach from 1 µs to over an hour. */
const PER_DOUBLING = 16;
const BUCKETS = 32 * PER_DOUBLING;

/**
 * Watches how long data may have waited for the event loop before it was read, in ms, from now until `end`.
 * If the loop did not sleep, data may have waited since the turn before began, because at that time it was
 * not there yet. If the loop slept, data may have waited for as long as the loop was busy with other work
 * since that turn ended. Every read counts once. A timer meets a burst of chunks or a pause only by chance,
 * but a read is part of it.
 */
export function watchReadDelay(): { end(): { p99Ms: number } } {
  const counts = new Uint32Array(BUCKETS);
  let total = 0;
  let last: { startedMs: number; endedMs: number; idleMs: number } | null = null;
  const stop = watchTurns((startedMs, idleMs, reads) => {
    const sleptMs = last === null ? Infinity : idleMs - last.idleMs;
    const sinceMs = last === null ? startedMs : sleptMs > AT_ONCE_MS ? last.endedMs : last.startedMs;
    const waitedMs = Math.max(0, startedMs - sinceMs - sleptMs);
    last = { startedMs, endedMs: performance.now(), idleMs };
    const bucket = Math.min(
      BUCKETS - 1,
      Math.max(0, Math.round(PER_DOUBLING * Math.log2(1 + 1000 * waitedMs))),
    );
    counts[bucket] = (counts[bucket] ?? 0) + reads;
    total += reads;
  });

  function percentileMs(share: number): number {
    let below = 0;
    const bucket = counts.findIndex((count) => (below += count) >= share * total);
    return (2 ** (Math.max(0, bucket) / PER_DOUBLING) - 1) / 1000;
  }

  return {
    end() {
      stop();
      return { p99Ms: percentileMs(0.99) };
    },
  };
}
