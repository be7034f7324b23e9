import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closedLoopWindow, isTooShort, openLoopWindow } from "./window.ts";

describe("the window of a closed loop", () => {
  const level = { allInFlightMs: 4000, medianE2eMs: 1000, stopMs: 34_000, firstIdleMs: null };
  test.each([
    ["reaches from all in flight plus one median E2E to the stop", level, { startMs: 5000, endMs: 34_000 }],
    [
      "ends with the first user that has nothing left to send, if that is earlier",
      { ...level, firstIdleMs: 20_000 },
      { startMs: 5000, endMs: 20_000 },
    ],
    [
      "does not change by a user that is idle after the stop",
      { ...level, firstIdleMs: 35_000 },
      { startMs: 5000, endMs: 34_000 },
    ],
    ["is empty if it would end before it starts", { ...level, stopMs: 4500 }, { startMs: 5000, endMs: 5000 }],
  ])("%s", (_, given, window) => expect(closedLoopWindow(given)).toEqual(window));

  test("is never negative", () =>
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.nat(1e6),
        fc.option(fc.nat(1e6)),
        (allInFlightMs, medianE2eMs, stopMs, firstIdleMs) => {
          const { startMs, endMs } = closedLoopWindow({ allInFlightMs, medianE2eMs, stopMs, firstIdleMs });
          expect(endMs).toBeGreaterThanOrEqual(startMs);
        },
      ),
    ));
});

describe("the window of an open loop comes from the plan", () => {
  test("and starts two seconds after T0 at the earliest", () =>
    expect(openLoopWindow({ largestWarmupE2eMs: 800, durationMs: 30_000 })).toEqual({
      startMs: 2000,
      endMs: 30_000,
    }));
  test("and starts later if the warm-up was slower", () =>
    expect(openLoopWindow({ largestWarmupE2eMs: 7000, durationMs: 30_000 }).startMs).toBe(7000));
  test("and ends with the stop if that came first", () =>
    expect(openLoopWindow({ largestWarmupE2eMs: 800, durationMs: 30_000, stopMs: 12_000 })).toEqual({
      startMs: 2000,
      endMs: 12_000,
    }));
  test("and starts after two seconds without a warm-up", () =>
    expect(openLoopWindow({ largestWarmupE2eMs: null, durationMs: 1000 })).toEqual({
      startMs: 2000,
      endMs: 2000,
    }));
});

test("a window below three median latencies is too short", () => {
  expect(isTooShort({ startMs: 0, endMs: 2999 }, 1000)).toBe(true);
  expect(isTooShort({ startMs: 0, endMs: 3000 }, 1000)).toBe(false);
});
