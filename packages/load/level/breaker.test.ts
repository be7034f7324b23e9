import { randomFrom } from "@brimline/core/random";
import { describe, expect, test } from "vitest";
import { pauseMs } from "./backoff.ts";
import { createBreaker, type EndedRequest } from "./breaker.ts";

type Outcome = Pick<EndedRequest, "outcome" | "connected" | "retryAfterMs">;
const OK: Outcome = { outcome: "ok", connected: true, retryAfterMs: null };
const REFUSED: Outcome = { outcome: "connect", connected: false, retryAfterMs: null };
const SERVER_ERROR: Outcome = { outcome: "http_5xx", connected: true, retryAfterMs: null };

/**
 * Simulates users that pause as they must after a failure, and wait for an answer after a success. It returns
 * the ms at which the breaker fell, or null.
 */
function fellAtMs(
  users: number,
  untilMs: number,
  outcomeAt: (atMs: number) => Outcome,
  workMs = 200,
): number | null {
  const breaker = createBreaker();
  const lanes = Array.from({ length: users }, (_, user) => ({ atMs: (user * 97) % 200, failures: 0 }));
  for (;;) {
    const lane = lanes.reduce((first, other) => (other.atMs < first.atMs ? other : first));
    if (lane.atMs > untilMs) return null;
    const outcome = outcomeAt(lane.atMs);
    if (breaker.isDown({ atMs: lane.atMs, ...outcome })) return lane.atMs;
    lane.failures = outcome.outcome === "ok" ? 0 : lane.failures + 1;
    lane.atMs += outcome.outcome === "ok" ? workMs : pauseMs(lane.failures, 0, outcome.retryAfterMs);
  }
}

describe("an endpoint that dies at 60 s is held for dead within 10 s", () => {
  test.each([1, 2, 5, 20, 100])("%i users, connections refused", (users) => {
    const downMs = fellAtMs(users, 120_000, (atMs) => (atMs < 60_000 ? OK : REFUSED));
    expect(downMs).toBeGreaterThan(64_000);
    expect(downMs).toBeLessThan(70_000);
  });

  test.each([6, 20, 100])("%i users, nothing but 5xx", (users) => {
    const downMs = fellAtMs(users, 120_000, (atMs) => (atMs < 60_000 ? OK : SERVER_ERROR));
    expect(downMs).toBeGreaterThan(67_000);
    expect(downMs).toBeLessThan(70_500);
  });
});

test.each([
  [1, SERVER_ERROR],
  [10, SERVER_ERROR],
  [100, SERVER_ERROR],
  [20, { outcome: "connect", connected: true, retryAfterMs: null } as const],
])("%i users: an endpoint that fails 70 %% for half an hour is never held for dead", (users, failure) => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = randomFrom(seed);
    expect(fellAtMs(users, 1_800_000, () => (random() < 0.7 ? failure : OK))).toBeNull();
  }
});

test.each([
  ["429", { outcome: "http_429", connected: true, retryAfterMs: null }],
  ["4xx", { outcome: "http_4xx", connected: true, retryAfterMs: null }],
  ["503 with Retry-After", { outcome: "http_5xx", connected: true, retryAfterMs: 1000 }],
  ["malformed streams", { outcome: "malformed_events", connected: true, retryAfterMs: null }],
] satisfies [string, Outcome][])("nothing but %s comes from a living endpoint", (_name, outcome) => {
  expect(fellAtMs(20, 600_000, () => outcome)).toBeNull();
});
