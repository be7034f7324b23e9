import { normalFrom, randomFrom } from "@brimline/core/random";
import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Report } from "@brimline/core/report/schema";
import type { Trend } from "@brimline/core/trend/schema";
import { trendOf } from "@brimline/core/trend/trend";
import { fixtureReport } from "./report.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 9, 20, 3);

interface Asked {
  tag?: string;
  jobs?: number;
  users?: number[];
  /** The job from which on TTFT is so many times as long, and output as much less. */
  step?: { at: number; ttft: number; output: number } | null;
  name?: (i: number) => string;
  figure?: FigureKey | null;
}

/** A trend of jobs that differ by 0.8 % by themselves. */
export function trendFixture({
  tag = "nightly",
  jobs = 40,
  users = [10, 50],
  step = { at: 27, ttft: 1.09, output: 0.95 },
  name = (i) => `main ${(0xa3f19c0 + 7919 * i).toString(16)}`,
  figure = null,
}: Asked = {}): Trend {
  const random = randomFrom(5);
  const base = fixtureReport({ id: "trended", users, hasGpu: false });
  const scaled = (figureOf: Report["levels"][number]["outputTokensPerS"], factor: number) => {
    const own = factor * (1 + 0.008 * normalFrom(random));
    const times = (value: number | null): number | null => (value === null ? null : value * own);
    return {
      ...figureOf,
      value: times(figureOf.value),
      low: times(figureOf.low),
      high: times(figureOf.high),
    };
  };
  const reports = Array.from({ length: jobs }, (_, i): Report => {
    const isAfter = step !== null && i >= step.at;
    const levels = base.levels.map((level) => ({
      ...level,
      outputTokensPerS: scaled(level.outputTokensPerS, isAfter ? step.output : 1),
      ttftMs: { ...level.ttftMs, p95: scaled(level.ttftMs.p95, isAfter ? step.ttft : 1) },
      tpotMs: { ...level.tpotMs, p95: scaled(level.tpotMs.p95, 1) },
    }));
    const createdAt = new Date(FIRST_MS + i * DAY_MS).toISOString();
    return { ...base, id: `job${String(i).padStart(17, "0")}`, name: name(i), createdAt, levels };
  });
  const trend = trendOf(tag, reports.toReversed(), figure);
  if (trend === null) throw new Error("no trend");
  return trend;
}
