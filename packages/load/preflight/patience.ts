import { performance } from "node:perf_hooks";

/** How long preflight may wait and ask, ms. What is not given has no bound, but `waitMs`, which is 0 then. */
export interface Bounds {
  /** How long the endpoint may still take to be up. */
  waitMs?: number | undefined;
  /** How long this call may wait for that. Then another call goes on. */
  turnMs?: number | undefined;
  /** How long all requests that count may take together. */
  askMs?: number | undefined;
  /** How long the call may take, whatever it waits for. */
  leftMs?: number | undefined;
}

export interface Patience {
  waitLeftMs(): number;
  isTurnOver(): boolean;
  /** What the next request may take at most. It is never less than 1. */
  askLeftMs(): number;
  /** The endpoint is up: the request that was sent at `sentMs`, a `performance.now()`, counts. */
  met(sentMs: number): void;
}

export function patienceOf({
  waitMs = 0,
  turnMs = Infinity,
  askMs = Infinity,
  leftMs = Infinity,
}: Bounds): Patience {
  const beganMs = performance.now();
  let metMs: number | null = null;
  return {
    waitLeftMs: () => Math.max(0, beganMs + waitMs - performance.now()),
    isTurnOver: () => performance.now() >= beganMs + turnMs,
    askLeftMs() {
      const nowMs = performance.now();
      return Math.max(1, Math.min(beganMs + leftMs, (metMs ?? nowMs) + askMs) - nowMs);
    },
    met(sentMs) {
      metMs ??= sentMs;
    },
  };
}
