import type { ChartName } from "@brimline/core/report/shown/charts";
import type { Level, Report } from "@brimline/core/report/schema";
import { loadText } from "@brimline/core/report/text";
import { DRAWINGS } from "../charts/charts.ts";
import { chartedLevels } from "../charts/load.ts";
import { columnHead, headOf } from "../format/named.ts";
import { MISSING } from "../format/figure.ts";
import { shortDuration, significant } from "../format/number.ts";
import { figureColumn } from "./figure-column.ts";
import { type Column, type Table, tableOf } from "./table.ts";

const load: Column<Level> = { head: ["Load"], cell: (level) => loadText(level.load) };

/** What a chart shows, as a table for readers who cannot see it. */
export function chartTable(report: Report, chart: ChartName): Table {
  const { title, figures } = DRAWINGS[chart];
  if (figures === null) return timelineTable(report, title);
  const keys = typeof figures === "function" ? figures(report) : figures;
  const columns = keys.map((key) => figureColumn(key, [headOf(key)], true));
  return tableOf(title, [load, ...columns], chartedLevels(report));
}

/** The timeline as a table: the mean of each column over each level. */
function timelineTable(report: Report, title: string): Table {
  const { startS, stepS, columns } = report.timeline;
  const names = Object.keys(columns);
  const mean = (name: string, level: Level): ReturnType<Column<Level>["cell"]> => {
    const spans = level.runs.map((run) => [run.startS, run.startS + run.durationS] as const);
    const values = (columns[name] ?? [])
      .filter((_, index) =>
        spans.some(([from, to]) => startS + index * stepS >= from && startS + index * stepS < to),
      )
      .filter((value) => value !== null);
    return values.length === 0
      ? { text: MISSING, why: "there is no reading in this level" }
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
        head: [columnHead(name)],
        cell: (level) => mean(name, level),
      })),
    ],
    report.levels,
  );
}
