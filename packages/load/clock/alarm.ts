import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";

/** Wakes the event loop to a fraction of a ms, where its own timers count whole ones. */
export interface Alarm {
  /**
   * It resolves at this monotonic ms, 0.1 to 0.3 ms late on an idle core, or earlier when another time is
   * asked for. It never resolves if its thread could not start.
   */
  ring(atMs: number): Promise<unknown>;
  /** Ends its thread. */
  end(): void;
}

/**
 * Cells of the time that was asked for and of the last one that came, in ns of `hrtime`, which all threads
 * share.
 */
const ASKED = 0;
const CAME = 1;

/**
 * The thread sleeps until the time that was asked for, or until another is asked for. It is text, so that a
 * bundle needs no file for it.
 */
const THREAD = `
const { cells } = require("node:worker_threads").workerData;
let asked = 0n;
for (;;) {
  Atomics.wait(cells, ${ASKED}, asked);
  asked = Atomics.load(cells, ${ASKED});
  const leftMs = Number(asked - process.hrtime.bigint()) / 1e6;
  if (leftMs > 0 && Atomics.wait(cells, ${ASKED}, asked, leftMs) !== "timed-out") continue;
  Atomics.store(cells, ${CAME}, asked);
  Atomics.notify(cells, ${CAME});
}`;

/**
 * Starts the thread of an alarm, which costs some 50 ms of CPU and 7 MB. It must not lose its priority once it sleeps
 * (see priority.ts), or it wakes late on a full core.
 */
export function createAlarm(): Alarm {
  const cells = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
  const thread = new Worker(THREAD, { eval: true, workerData: { cells }, execArgv: [] });
  thread.unref();
  // Whoever sleeps by the alarm has a timer, too.
  thread.on("error", () => {});
  return {
    ring(atMs) {
      Atomics.notify(cells, CAME);
      const came = Atomics.load(cells, CAME);
      Atomics.store(
        cells,
        ASKED,
        process.hrtime.bigint() + BigInt(Math.round(1e6 * (atMs - performance.now()))),
      );
      Atomics.notify(cells, ASKED);
      return Promise.resolve(Atomics.waitAsync(cells, CAME, came).value);
    },
    end: () => void thread.terminate(),
  };
}
