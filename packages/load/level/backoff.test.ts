import { expect, test } from "vitest";
import { pauseMs } from "./backoff.ts";

test.each([
  ["a success is followed by the think time alone", 0, 0, null, 0],
  ["a success forgets a Retry-After", 0, 50, 4000, 50],
  ["the first failure waits 150 ms", 1, 0, null, 150],
  ["each further failure waits twice as long", 4, 0, null, 1200],
  ["a failure waits at most 2 s", 30, 0, null, 2000],
  ["a longer think time wins", 2, 5000, null, 5000],
  ["Retry-After wins where it is longer", 1, 0, 3000, 3000],
  ["Retry-After counts up to 5 s", 1, 0, 60_000, 5000],
  ["a Retry-After of 0 does not make a tight loop", 1, 0, 0, 150],
])("%s", (_fact, failuresInRow, thinkTimeMs, retryAfterMs, expected) => {
  expect(pauseMs(failuresInRow, thinkTimeMs, retryAfterMs)).toBe(expected);
});

test("a dead endpoint gets at most three requests a user and second", () => {
  const sentMs = [0];
  for (let failures = 1; failures < 12; failures++)
    sentMs.push((sentMs.at(-1) ?? 0) + pauseMs(failures, 0, null));
  const inSecondFrom = (startMs: number): number =>
    sentMs.filter((atMs) => atMs >= startMs && atMs < startMs + 1000).length;
  expect(Math.max(...sentMs.map(inSecondFrom))).toBe(3);
});
