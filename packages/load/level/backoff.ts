const FIRST_MS = 100;
const LONGEST_MS = 2000;
const RETRY_AFTER_LONGEST_MS = 5000;

/**
 * ms that a user waits before its next request: its think time; after the nth failure in a row at least 100 ms doubling to 2 s,
 * and what the endpoint asked for by Retry-After, up to 5 s. So a dead endpoint gets at most three requests a user and second.
 */
export function pauseMs(failuresInRow: number, thinkTimeMs: number, retryAfterMs: number | null): number {
  if (failuresInRow === 0) return thinkTimeMs;
  const doubling = Math.min(FIRST_MS * 2 ** (failuresInRow - 1), LONGEST_MS);
  return Math.max(thinkTimeMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_LONGEST_MS), doubling);
}
