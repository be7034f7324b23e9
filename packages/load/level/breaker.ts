import type { RequestRecord } from "@brimline/core/record/record";

/** What a breaker looks at. */
export interface Attempt {
  /** When it ended, ms on any one clock. */
  atMs: number;
  outcome: RequestRecord["outcome"];
  /** False: no connection came about. */
  connected: boolean;
  retryAfterMs: number | null;
}

/** Outcomes of an endpoint that may be gone. Refusing (4xx, 429) or answering nonsense takes a living one. */
const DEAD_OUTCOMES = new Set<RequestRecord["outcome"]>([
  "dns",
  "connect",
  "tls",
  "headers_timeout",
  "idle_timeout",
  "total_timeout",
  "http_5xx",
  "truncated_stream",
]);

/**
 * An endpoint that fails 70 % of its requests has 40 failures in a row once in 1.6 million tries, and they must also span 8 s. Where
 * nobody accepts connections at all, far fewer say the same. Both are below the 10 s after which load must have ended.
 */
const FAILING = { inRow: 40, spanMs: 8000 };
const UNREACHABLE = { inRow: 6, spanMs: 5000 };

/**
 * Says when an endpoint must be held for dead: a run of failures without any other outcome between them, long both in number and
 * in time. A few slow users that get nothing but 5xx take longer than 10 s to prove it, at one request in two seconds each.
 */
export function createBreaker(): { isDown(attempt: Attempt): boolean } {
  let inRow = 0;
  let unreachableInRow = 0;
  let sinceMs = 0;
  let unreachableSinceMs = 0;
  return {
    isDown({ atMs, outcome, connected, retryAfterMs }) {
      if (outcome === "censored") return false;
      // An endpoint that says when to come back is overloaded, not gone.
      const isDead = DEAD_OUTCOMES.has(outcome) && retryAfterMs === null;
      if (inRow === 0) sinceMs = atMs;
      if (unreachableInRow === 0) unreachableSinceMs = atMs;
      inRow = isDead ? inRow + 1 : 0;
      unreachableInRow = isDead && !connected ? unreachableInRow + 1 : 0;
      return (
        (inRow >= FAILING.inRow && atMs - sinceMs >= FAILING.spanMs) ||
        (unreachableInRow >= UNREACHABLE.inRow && atMs - unreachableSinceMs >= UNREACHABLE.spanMs)
      );
    },
  };
}
