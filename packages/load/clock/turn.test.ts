import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { turnMs } from "./turn.ts";

test("all that is read in one turn of the event loop arrived when the turn began", async () => {
  const beganMs = turnMs();
  while (performance.now() - beganMs < 5);
  expect(turnMs()).toBe(beganMs);
  await new Promise(setImmediate);
  expect(turnMs()).toBeGreaterThanOrEqual(beganMs + 5);
});
