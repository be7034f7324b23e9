/** Runs one job at a time, in the order in which they were added. */
export interface Queue {
  /** Adds a job. It does nothing for a job that waits or runs, nor for one that was given up a moment ago. */
  add(id: string): void;
  /** Starts nothing more and waits for the running job. */
  stop(): Promise<void>;
}

/**
 * A job that was given up waits this long. Without a pause, a lasting fault such as a full disk would be met
 * again and again.
 */
const PAUSE_MS = 15_000;

/** `run` answers whether the job has ended. When it has not, the queue gives the job up for now. */
export function createQueue(run: (id: string) => Promise<boolean>): Queue {
  const waiting = new Set<string>();
  const pausedUntilMs = new Map<string, number>();
  let running: { id: string; ended: Promise<void> } | null = null;
  let isStopped = false;

  const next = (): void => {
    const [id] = waiting;
    if (isStopped || running !== null || id === undefined) return;
    waiting.delete(id);
    running = { id, ended: settle(id) };
  };

  const settle = async (id: string): Promise<void> => {
    const isOver = await run(id).catch(() => false);
    if (isOver) pausedUntilMs.delete(id);
    else pausedUntilMs.set(id, performance.now() + PAUSE_MS);
    running = null;
    next();
  };

  return {
    add(id) {
      if (running?.id === id || performance.now() < (pausedUntilMs.get(id) ?? 0)) return;
      waiting.add(id);
      next();
    },
    async stop() {
      isStopped = true;
      await running?.ended;
    },
  };
}
