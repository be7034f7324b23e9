/** Runs one thing at a time, in the order it was asked for. */
export interface Queue {
  /** Asking again for what waits or runs is harmless; so is asking at once for what has just been given up. */
  add(id: string): void;
  /** Starts nothing more, and waits for what runs. */
  stop(): Promise<void>;
}

/** What was given up is not taken up again before this, or a fault that stays (a full disk) would be met without a pause. */
const PAUSE_MS = 15_000;

/** `run` says whether it is over; false gives it up for now. */
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
