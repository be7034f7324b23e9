import { certifiedStreams } from "@brimline/load/certificate/size";
import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { WorkerPool } from "./pool.ts";

/** Longer than a worker gives itself. */
const LIMIT_MS = 20_000;

/**
 * Lets each of so many free workers measure its own error, before the first load: once for each number of streams that it will carry. Each
 * needs a core and its endpoint another, so only half as many at once as there are cores. A worker that cannot has no certificate: that
 * costs no job.
 */
export async function certifyWorkers(
  run: WorkerPool["run"],
  workers: number,
  streams: number[],
): Promise<void> {
  const turn = pLimit(Math.max(1, Math.floor(availableParallelism() / 2)));
  for (const size of new Set(streams.map(certifiedStreams))) {
    // The pool hands out the worker that has been free the longest, so each has its turn.
    await Promise.allSettled(
      Array.from({ length: workers }, () => turn(run, "certify", { streams: size }, LIMIT_MS)),
    );
  }
}
