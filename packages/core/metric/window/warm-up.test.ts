import { levelInput, syntheticLevel, withRecords } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { loadOf } from "../../load.ts";
import { runOf, type Run } from "./run.ts";

const LEVEL = { id: "l01", users: 10, ttftMs: 200, gapMs: 20, outputTokens: 40, durationS: 60, t0UnixMs: 0 };

/** A level of which those that are due in the first 12 s bring half the tokens in the same time. */
const slowStart = withRecords(syntheticLevel({ ...LEVEL, jitter: 0.1 }), (records) =>
  records.map((record) =>
    record.dueMs < 12_000 ? { ...record, tokens: { ...record.tokens, output: 20 } } : record,
  ),
);
const run = (level: typeof slowStart, load = loadOf(10)): Run =>
  runOf(levelInput(level).shards, { load, durationMs: 60_000, largestWarmupE2eMs: 1000 });

test("the window of users begins when output does as it goes on, and says how much was cut", () => {
  const { window } = run(slowStart);
  // Users ramp over one E2E of 0.98 s, and the window would begin another one later.
  expect(window?.startMs).toBeGreaterThan(11_500);
  expect(window?.startMs).toBeLessThan(14_500);
  expect((window?.startMs ?? 0) - (window?.warmUpMs ?? 0)).toBeLessThan(2500);
  expect(window?.slices).toBe(60);
});

test("a steady level loses nothing, nor does a rate, whose output follows what is due", () => {
  expect(run(syntheticLevel({ ...LEVEL, jitter: 0.1 })).window).not.toHaveProperty("warmUpMs");
  expect(run(slowStart, loadOf({ rate: 10 })).window).not.toHaveProperty("warmUpMs");
});
