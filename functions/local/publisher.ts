import type { z } from "zod";
import pLimit from "p-limit";
import type { PublishInput, PublishResult } from "../tasks/publish.ts";
import { answerValue, type TaskAnswer } from "../wire-error.ts";
import type { Home } from "./home.ts";
import { createWorkerPool, type WorkerPool } from "./pool.ts";

/** Brings the site in line with jobs whose listing changed after their end. */
export interface Publisher {
  /** Publishes one job, unless it waits for that already or failed a moment ago. It rejects when it failed. */
  publish(jobId: string): Promise<void>;
  /** Ends what runs. A job's mark stays, so that the next start publishes it. */
  stop(): Promise<void>;
}

/** What failed waits this long, or a lasting fault would be met at each sweep. */
const PAUSE_MS = 15_000;

/**
 * Runs the task in a worker of its own, one job after another, since the renderer takes memory and a core for a
 * second. The worker ends when nothing waits.
 */
export function createPublisher(home: Home, limitMs: number): Publisher {
  const turn = pLimit(1);
  const waiting = new Map<string, Promise<void>>();
  const pausedUntilMs = new Map<string, number>();
  let pool: WorkerPool | null = null;

  const run = async (jobId: string): Promise<void> => {
    // Who asks from now on may have changed the job after this run has read it.
    waiting.delete(jobId);
    const input: z.input<typeof PublishInput> = { jobId, relist: true };
    pool ??= createWorkerPool(home);
    try {
      answerValue((await pool.run("publish", input, limitMs)) as TaskAnswer<PublishResult>);
      pausedUntilMs.delete(jobId);
    } catch (error) {
      pausedUntilMs.set(jobId, performance.now() + PAUSE_MS);
      throw error;
    } finally {
      if (turn.pendingCount === 0) {
        const idle = pool;
        pool = null;
        await idle.close();
      }
    }
  };
  return {
    async publish(jobId) {
      if (performance.now() < (pausedUntilMs.get(jobId) ?? 0)) return;
      const published = waiting.get(jobId) ?? turn(run, jobId);
      waiting.set(jobId, published);
      await published;
    },
    async stop() {
      turn.clearQueue();
      await pool?.close();
    },
  };
}
