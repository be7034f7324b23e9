import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { watchReadDelay } from "./read-delay.ts";
import { turnMs } from "./turn.ts";

const BUSY_MS = 40;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes so many reads in one turn, the last of which takes some time. */
async function turn(reads: number, busyMs = 0): Promise<void> {
  const beganMs = performance.now();
  for (let read = 0; read < reads; read++) turnMs();
  while (performance.now() - beganMs < busyMs);
  await nextTurn();
}

test("data that is read right after a busy turn may have waited for the length of that turn", async () => {
  const delay = watchReadDelay();
  await turn(1, BUSY_MS);
  await turn(50);
  const { p99Ms } = delay.end();
  // The value is exact to a bucket. How much longer the turn took depends on the machine.
  expect(p99Ms).toBeGreaterThan(0.95 * BUSY_MS);
});

test("data that is read after the loop has slept did not wait", async () => {
  const delay = watchReadDelay();
  await turn(1, BUSY_MS);
  await sleep(20);
  await turn(50);
  expect(delay.end().p99Ms).toBeLessThan(0.5 * BUSY_MS);
});

test("data that is read after a sleep and then other work may have waited for the length of that work", async () => {
  const delay = watchReadDelay();
  await turn(1);
  await sleep(20);
  const beganMs = performance.now();
  while (performance.now() - beganMs < BUSY_MS);
  await turn(50);
  expect(delay.end().p99Ms).toBeGreaterThan(0.95 * BUSY_MS);
});

test("each read counts: one late read in 200 leaves the p99 low, two in 100 do not", async () => {
  const lateOf = async (late: number, reads: number): Promise<number> => {
    const delay = watchReadDelay();
    await turn(reads - late - 1);
    await sleep(20);
    await turn(1, BUSY_MS);
    await turn(late);
    return delay.end().p99Ms;
  };
  expect(await lateOf(1, 200)).toBeLessThan(0.5 * BUSY_MS);
  expect(await lateOf(2, 100)).toBeGreaterThan(0.95 * BUSY_MS);
});

test("the watcher is not called after its watch has ended", async () => {
  const delay = watchReadDelay();
  await turn(1);
  delay.end();
  await turn(1, BUSY_MS);
  await turn(50);
  expect(delay.end().p99Ms).toBe(0);
});
