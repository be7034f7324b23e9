import { expect, test } from "vitest";
import { trueLatencies } from "./true-latencies.ts";

const log = [{ id: 1, gotMs: 1000, writtenMs: Float64Array.of(1050, 1070, 1100) }];

test("latencies run from the reading of the request, and gaps lie between chunks", () => {
  const { ttftMs, tpotMs, itlMs } = trueLatencies(log, "content");
  expect(ttftMs).toBe(50);
  expect(tpotMs).toBe(25);
  expect(itlMs).toBeCloseTo(29.9);
});

test("who takes the role for the first output has no TTFT, and the wait for the first chunk is a gap", () => {
  const { ttftMs, tpotMs, itlMs } = trueLatencies(log, "event");
  expect(ttftMs).toBe(0);
  expect(tpotMs).toBe(50);
  expect(itlMs).toBeCloseTo(49.6);
});
