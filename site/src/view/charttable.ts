import type { ChartName } from "@brimline/core/report/charts";
import type { Figure } from "@brimline/core/figure";
import type { Level, Report } from "@brimline/core/report/schema";
import { loadText } from "@brimline/core/report/text";
import { chartedLevels } from "../charts/load.ts";
import { duration, percent, shortDuration, significant, whole } from "../format/number.ts";
import { type Column, type Table, tableOf } from "./table.ts";

const column = (
  head: string,
  of: (level: Level) => Figure,
  format: (value: number) => string,
): Column<Level> => ({
  head: [head],
  cell: (level) => ({ figure: of(level), format, showInterval: true }),
});
const load: Column<Level> = { head: ["Load"], cell: (level) => loadText(level.load) };
const throughput = column("Output, tok/s", (level) => level.outputTokensPerS, whole);
const inFlight = column("In flight", (level) => level.inFlight, significant);
const userSpeed = column("One user, tok/s", (level) => level.userSpeedTokensPerS.p50, significant);

const COLUMNS: Partial<Record<ChartName, Column<Level>[]>> = {
  throughput: [load, throughput],
  latency: [
    load,
    column("TTFT P50", (level) => level.ttftMs.p50, duration),
    column("TTFT P95", (level) => level.ttftMs.p95, duration),
    column("TTFT P99", (level) => level.ttftMs.p99, duration),
    column("TPOT P50", (level) => level.tpotMs.p50, duration),
    column("TPOT P95", (level) => level.tpotMs.p95, duration),
    column("TPOT P99", (level) => level.tpotMs.p99, duration),
  ],
  saturation: [load, inFlight, throughput],
  tradeoff: [load, userSpeed, throughput],
  energy: [
    load,
    column("Tokens/J", (level) => level.tokensPerJ, significant),
    column("MFU", (level) => level.mfuPercent, percent),
  ],
  comprehensive_benchmark: [
    load,
    throughput,
    column("TTFT P95", (level) => level.ttftMs.p95, duration),
    column("MFU", (level) => level.mfuPercent, percent),
    column("Tokens/J", (level) => level.tokensPerJ, significant),
    inFlight,
    column("Per user, tok/s", (level) => level.tokensPerSPerUser, significant),
  ],
};

/** What a chart shows, as a table for readers who cannot see it. */
export function chartTable(report: Report, chart: ChartName, title: string): Table {
  const columns = COLUMNS[chart];
  return columns === undefined
    ? timelineTable(report, title)
    : tableOf(title, columns, chartedLevels(report));
}

/** The timeline as a table: the mean of each column over each level. */
function timelineTable(report: Report, title: string): Table {
  const { startS, stepS, columns } = report.timeline;
  const names = Object.keys(columns);
  const mean = (name: string, level: Level): string => {
    const spans = level.runs.map((run) => [run.startS, run.startS + run.durationS] as const);
    const values = (columns[name] ?? [])
      .filter((_, index) =>
        spans.some(([from, to]) => startS + index * stepS >= from && startS + index * stepS < to),
      )
      .filter((value) => value !== null);
    return values.length === 0
      ? "—"
      : significant(values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  return tableOf(
    `${title}: mean of each level`,
    [
      {
        head: ["Load"],
        cell: (level: Level) => `${level.role === "warmup" ? "Warm-up, " : ""}${loadText(level.load)}`,
      },
      { head: ["From"], cell: (level) => shortDuration(level.runs[0]?.startS ?? 0) },
      ...names.map((name): Column<Level> => ({
        head: [NAMES[name] ?? name],
        cell: (level) => mean(name, level),
      })),
    ],
    report.levels,
  );
}

const NAMES: Record<string, string> = {
  users: "Users",
  requestsPerS: "Requests/s",
  failedPerS: "Failed/s",
  ttftMs: "TTFT, ms",
  inFlight: "In flight",
  outputTokensPerS: "Output, tok/s",
  powerW: "Power, W",
  utilPercent: "Busy, %",
  memoryMiB: "Memory, MiB",
  tempC: "Temperature, °C",
  smMHz: "SM clock, MHz",
  memMHz: "Memory clock, MHz",
};
