import { certifiedStreams } from "@brimline/load/certificate/size";
import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import type { WorkerPool } from "./pool.ts";

/** A worker is killed after this time. It gives itself less. */
const LIMIT_MS = 20_000;

/**
 * Lets each of so many free workers measure its own error before the first load, once for each number of
 * streams that it will carry. A worker needs one core and its endpoint another, so only half as many measure
 * at once as there are cores. A worker that cannot measure itself has no certificate, and the job goes on.
 */
export async function certifyWorkers(
  run: WorkerPool["run"],
  workers: number,
  streams: number[],
): Promise<void> {
  const turn = pLimit(Math.max(1, Math.floor(availableParallelism() / 2)));
  for (const size of new Set(streams.map(certifiedStreams))) {
    // The pool gives each task to the worker that has been free the longest, so every worker has its turn.
    await Promise.allSettled(
      Array.from({ length: workers }, () => turn(run, "certify", { streams: size }, LIMIT_MS)),
    );
  }
}
