import { levelInput, syntheticLevel, withRecords } from "@brimline/testkit/synthetic";
import { expect, test } from "vitest";
import { loadOf } from "../load.ts";
import { byRequest, type RequestColumns, valuesOf } from "./by-request.ts";
import { dueInWindow, runOf, steadyRuns, type SteadyRun } from "./window/run.ts";

const level = syntheticLevel({
  id: "l01",
  users: 10,
  ttftMs: 200,
  gapMs: 20,
  outputTokens: 40,
  durationS: 60,
  t0UnixMs: 0,
});
/** Every seventh request has no answer, and every ninth is cut before its first token. */
const records = withRecords(level, (all) =>
  all.map((record) => {
    if (record.index % 7 === 0) return { ...record, outcome: "http_5xx" as const };
    return record.index % 9 === 0
      ? { ...record, outcome: "censored" as const, firstMs: null, lastMs: null, doneMs: null }
      : record;
  }),
);

function steady(): SteadyRun {
  const [run] = steadyRuns([
    runOf(levelInput(records).shards, { load: loadOf(10), durationMs: 60_000, largestWarmupE2eMs: null }),
  ]);
  if (run === undefined) throw new Error("no window");
  return run;
}

function columnsOf(runs: number): RequestColumns {
  const columns = byRequest(steady(), runs);
  if (columns === null) throw new Error("no columns");
  return columns;
}

test("each request of a window keeps its latencies to 0.025 %, and what it has none of", () => {
  const columns = columnsOf(1);
  const { window } = steady();
  const [due, ttft, tokens] = (["due", "ttftMs", "tokens"] as const).map((name) => valuesOf(columns, name));
  let inWindow = 0;
  for (const { index, outcome, dueMs } of dueInWindow(steady())) {
    inWindow++;
    const place = index - columns.first;
    expect(due?.[place]).toBeCloseTo(dueMs - window.startMs, 0);
    if (outcome === "ok") {
      expect((ttft?.[place] ?? 0) / 200).toBeCloseTo(1, 3);
      expect((tokens?.[place] ?? 0) / 40).toBeCloseTo(1, 3);
    } else expect(ttft?.[place]).toBe(outcome === "censored" ? Infinity : Number.NaN);
  }
  const known = Array.from(due ?? []).filter((one) => !Number.isNaN(one));
  expect(known).toHaveLength(inWindow);
  expect(inWindow).toBeGreaterThan(500);
});

test("of more than may be kept every second, fourth … index is, whatever the first, so that twins keep the same", () => {
  const columns = columnsOf(80);
  expect([columns.step, columns.first % columns.step]).toEqual([4, 0]);
  const due = valuesOf(columns, "due");
  expect(due.length).toBeLessThanOrEqual(250);
  const all = columnsOf(1);
  expect(due[3]).toBe(valuesOf(all, "due")[columns.first + 3 * columns.step - all.first]);
});
