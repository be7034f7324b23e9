/**
 * One Ctrl-C reaches a process more than once: the terminal sends it, and npm, npx and the launcher pass it
 * on. Signals this close together are one.
 */
const ONE_INTERRUPT_MS = 250;

/** Calls `each` at every Ctrl-C with its number, from 1, until the function that it returns is called. */
export function onInterrupt(each: (nth: number) => void): () => void {
  let nth = 0;
  let lastMs = -Infinity;
  const hear = (): void => {
    const nowMs = performance.now();
    const isRepeat = nowMs - lastMs < ONE_INTERRUPT_MS;
    lastMs = nowMs;
    if (!isRepeat) each(++nth);
  };
  process.on("SIGINT", hear);
  return () => void process.off("SIGINT", hear);
}

/** It resolves at Ctrl-C or SIGTERM. A second Ctrl-C ends the process at once. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    onInterrupt((nth) => (nth === 1 ? resolve() : process.exit(130)));
  });
}
