/** Three pauses in a row, 150 + 300 + 600 ms, last longer than a second. */
const FIRST_MS = 150;
const LONGEST_MS = 2000;
const RETRY_AFTER_LONGEST_MS = 5000;

/**
 * The ms that a user waits before its next request. After a success that is its think time. After the nth
 * failure in a row it is at least 150 ms, doubled with each failure up to 2 s, and at least what the
 * endpoint's Retry-After asks, up to 5 s. So a user sends a dead endpoint at most three requests in a second.
 */
export function pauseMs(failuresInRow: number, thinkTimeMs: number, retryAfterMs: number | null): number {
  if (failuresInRow === 0) return thinkTimeMs;
  const doubling = Math.min(FIRST_MS * 2 ** (failuresInRow - 1), LONGEST_MS);
  return Math.max(thinkTimeMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_LONGEST_MS), doubling);
}
