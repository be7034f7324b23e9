import type { RequestRecord } from "@brimline/core/record/record";

/** What a breaker must know of a request that ended. */
export interface EndedRequest {
  /** Its end in ms of any one clock. */
  atMs: number;
  outcome: RequestRecord["outcome"];
  /** It is false where no connection was opened. */
  connected: boolean;
  retryAfterMs: number | null;
}

/**
 * Outcomes that an endpoint which is gone may bring. Only a living one refuses (4xx, 429) or answers
 * nonsense.
 */
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
 * An endpoint that fails 70 % of its requests has 40 failures in a row once in 1.6 million requests, and they
 * must also span 8 s. Where nobody accepts connections at all, far fewer failures prove it. Both spans are
 * below the 10 s within which load must end at a dead endpoint.
 */
const FAILING = { inRow: 40, spanMs: 8000 };
const UNREACHABLE = { inRow: 6, spanMs: 5000 };

/**
 * Says when an endpoint must be held for dead: when failures follow each other, without any other outcome
 * between them, in great number and for a long time. A few slow users that get nothing but 5xx take longer
 * than 10 s to prove it, because each sends one request in two seconds.
 */
export function createBreaker(): { isDown(request: EndedRequest): boolean } {
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
