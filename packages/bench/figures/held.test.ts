import type { Figure } from "@brimline/core/figure";
import { levelInput, syntheticJob, syntheticLevel, withMerged } from "@brimline/testkit/synthetic";
import { aggregate } from "@brimline/core/report/aggregate";
import { expect, test } from "vitest";
import { countOf, held, heldFigures, isWrong } from "./held.ts";

const figure = (value: number | null, low: number | null, high: number | null): Figure => ({
  value,
  low,
  high,
  n: 100,
  nEff: 100,
  method: "order_statistic",
  validity: value === null ? "invalid" : "valid",
  reasons: [],
});

test.each([
  ["the truth inside the interval", figure(50, 49, 51), [49.5], 0],
  ["the truth above it", figure(50, 49, 51), [51.5], 0.5],
  ["the truth below it", figure(50, 49, 51), [48.75], 0.25],
  ["of two truths one inside", figure(50, 49, 51), [48, 49], 0],
  ["two truths on either side", figure(50, 49, 51), [48, 52], 0],
  ["an interval that is open above", figure(50, 49, null), [60], 0],
  ["the truth below such an interval", figure(50, 49, null), [48], 1],
  ["an interval that is open below", figure(50, null, 51), [40], 0],
  ["no interval but a value", figure(50, null, null), [50.5], 0.5],
  ["an `at least` that holds", figure(null, 40, null), [90], 0],
  ["an `at least` above the truth", figure(null, 40, null), [39], 1],
  ["nothing said", figure(null, null, null), [39], null],
  ["no truth", figure(50, 49, 51), [null], null],
] as const)("%s", (_fact, said, truths, outside) =>
  expect(held("ttftMs.p50", said, [...truths]).outside).toBe(outside),
);

test("clocks may disagree by 0.1 ms, and two thousandths are no difference", () => {
  const off = (name: string, truth: number): boolean => isWrong(held(name, figure(50, 49, 51), [truth]));
  expect(off("ttftMs.p50", 51.1)).toBe(false);
  expect(off("ttftMs.p50", 51.2)).toBe(true);
  expect(off("inFlight", 51.1)).toBe(false);
  expect(off("inFlight", 51.2)).toBe(true);
  expect(isWrong(held("inFlight", figure(1, 0.9, 1.1), [1.15]))).toBe(true);
});

test("figures are counted by what they call themselves", () => {
  const figures = [
    held("ttftMs.p50", figure(50, 49, 51), [50]),
    held("ttftMs.p95", figure(50, 49, 51), [60]),
    held("ttftMs.p99", figure(null, 40, null), [39]),
  ];
  expect(countOf(figures, "valid")).toEqual({ count: 2, wrong: 1 });
  expect(countOf(figures, "invalid")).toEqual({ count: 0, wrong: 0 });
  expect(countOf(figures, "withheld")).toEqual({ count: 1, wrong: 1 });
});

test("a level holds itself, and one of other times is found out", () => {
  const of = (ttftMs: number, mergedUs = 0) => {
    const known = syntheticLevel({
      id: "l01",
      users: 10,
      ttftMs,
      gapMs: 10,
      outputTokens: 20,
      durationS: 10,
      jitter: 0.2,
      t0UnixMs: Date.parse("2026-01-02T03:04:05.000Z"),
    });
    const merged =
      mergedUs === 0 ? known : withMerged(known, () => [{ chunk: 0, chunks: 1, earlierUs: mergedUs }]);
    const job = syntheticJob([]);
    const [level] = aggregate({ ...job, levels: [levelInput(merged)] }).levels;
    if (level === undefined) throw new Error("no level");
    return level;
  };
  const known = of(100);
  expect(heldFigures(known, [known]).filter(isWrong)).toEqual([]);
  const names = (level: typeof known): string[] =>
    heldFigures(level, [known])
      .filter(isWrong)
      .map(({ name }) => name);
  expect(names(of(160))).toContain("ttftMs.p50");
  // Chunks that are marked may have come as much earlier, so that nothing of TTFT is wrong.
  expect(names(of(160, 80_000)).filter((name) => name.startsWith("ttft"))).toEqual([]);
});
