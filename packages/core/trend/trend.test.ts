import { fixtureReport } from "@brimline/testkit/site/report";
import { normalFrom, randomFrom } from "../random.ts";
import type { FigureKey } from "../report/catalogue.ts";
import type { Report } from "../report/schema.ts";
import { describe, expect, test } from "vitest";
import { Trend } from "./schema.ts";
import { trendOf } from "./trend.ts";

const BASE = fixtureReport({ id: "trended", users: [10, 50], hasGpu: false });
const DAY_MS = 86_400_000;

interface Asked {
  jobs?: number;
  /** From this job on, TTFT takes so many times as long. */
  step?: { at: number; factor: number };
  change?: (report: Report, i: number) => Report;
  figure?: FigureKey | null;
}

/** The trend of jobs that differ by 1 %, as it is after it was written and read. */
function trended({ jobs = 20, step, change = (report) => report, figure = null }: Asked = {}): Trend {
  const random = randomFrom(3);
  const reports = Array.from({ length: jobs }, (_, i): Report => {
    const own = 1 + 0.01 * normalFrom(random);
    const factor = own * (step !== undefined && i >= step.at ? step.factor : 1);
    const levels = BASE.levels.map((level) => {
      const { p95 } = level.ttftMs;
      const value = p95.value === null ? null : p95.value * factor;
      return { ...level, ttftMs: { ...level.ttftMs, p95: { ...p95, value } } };
    });
    const id = `job${i}`;
    return change({ ...BASE, id, name: id, createdAt: new Date(i * DAY_MS).toISOString(), levels }, i);
  });
  const trend = trendOf("nightly", reports.toReversed(), figure);
  if (trend === null) throw new Error("no trend");
  return Trend.parse(JSON.parse(JSON.stringify(trend)));
}
const stepsOf = ({ series }: Trend) =>
  series.flatMap(({ figure, load, steps }) => steps.map((step) => ({ figure, load, ...step })));

test("a series without a step says so, and what its jobs differ by", () => {
  const trend = trended();
  expect(stepsOf(trend)).toEqual([]);
  expect(trend.sentence).toBe("No step in 20 jobs, since 1970-01-01 00:00 UTC.");
  const ttft = trend.series.find(({ figure }) => figure === "ttftMs.p95");
  expect(ttft?.noise).toBeGreaterThan(0.5);
  expect(ttft?.noise).toBeLessThan(1.5);
});

test("a step says since which job, how much and how sure, at each load that has it", () => {
  const trend = trended({ step: { at: 12, factor: 1.08 } });
  const steps = stepsOf(trend);
  expect(steps.map(({ figure, load, at }) => [figure, load, at])).toEqual([
    ["ttftMs.p95", { kind: "concurrency", users: 10 }, 12],
    ["ttftMs.p95", { kind: "concurrency", users: 50 }, 12],
  ]);
  const [first] = steps;
  expect(first).toMatchObject({ since: { id: "job12" }, before: { id: "job11" }, verdict: "worse" });
  expect(first?.change.value).toBeCloseTo(8, 0);
  expect(first?.change.low).toBeGreaterThan(6);
  expect(first?.change.high).toBeLessThan(10);
  expect(first?.chance).toBeLessThan(0.01);
  expect(trend.sentence).toMatch(
    /^Worse since job12 \(job12, 1970-01-13 00:00 UTC\): TTFT p95 at \d+ users rose by [\d.]+ % \(.*\), from [\d.]+ to [\d.]+ ms; TTFT p95 at/,
  );
});

test("a shorter time is better, and more throughput is", () => {
  const faster = stepsOf(trended({ step: { at: 12, factor: 0.9 } }));
  expect(faster.map(({ verdict }) => verdict)).toEqual(["better", "better"]);
});

test("the newest three jobs show it, and fewer wait for another", () => {
  expect(stepsOf(trended({ step: { at: 17, factor: 1.2 } })).map(({ at }) => at)).toEqual([17, 17]);
  expect(stepsOf(trended({ step: { at: 19, factor: 1.2 } }))).toEqual([]);
  expect(trended({ jobs: 5 })).toMatchObject({
    sentence: "There are 5 jobs of a kind so far: from six on, steps are looked for.",
    series: expect.arrayContaining([expect.objectContaining({ isJudged: false })]),
  });
});

describe("a job", () => {
  test("that measures something else than the newest does is left out, and why is said", () => {
    const trend = trended({
      change: (report, i) =>
        i < 5 ? { ...report, endpoint: { ...report.endpoint, model: "another" } } : report,
    });
    expect([trend.jobs.length, trend.unlike.count, trend.unlike.why]).toEqual([
      15,
      5,
      expect.stringContaining("The models differ (another, and"),
    ]);
  });

  test("whose figure must not be used, or which has no such load, is a gap", () => {
    const doubted = (report: Report): Report => ({
      ...report,
      levels: report.levels
        .filter(({ id }) => id !== "l02")
        .map((level) => {
          const p95 = { ...level.ttftMs.p95, validity: "invalid" as const };
          return { ...level, ttftMs: { ...level.ttftMs, p95 } };
        }),
    });
    const { series } = trended({
      step: { at: 12, factor: 1.1 },
      change: (report, i) => (i === 12 ? doubted(report) : report),
      figure: "ttftMs.p95",
    });
    expect(series.map(({ points }) => points[12])).toEqual([null, null]);
    expect(series.map(({ steps: [step] }) => [step?.before.id, step?.since.id])).toEqual([
      ["job11", "job13"],
      ["job11", "job13"],
    ]);
  });
});

test("one figure may be asked for, and is looked at alone", () => {
  const { series } = trended({ figure: "e2eMs.p50" });
  expect(series.map(({ figure }) => figure)).toEqual(["e2eMs.p50", "e2eMs.p50"]);
});

test("jobs of different seeds are told to ask the same", () => {
  const own = (report: Report, i: number): Report => ({
    ...report,
    provenance: { ...report.provenance, seed: String(i) },
  });
  expect(trended().notes).toEqual([]);
  expect(trended({ change: own }).notes[0]).toContain("different seeds");
});

test("without a report there is no trend", () => expect(trendOf("none", [], null)).toBeNull());
