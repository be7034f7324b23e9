import { type Entry, type FigureKey, shown } from "@brimline/core/report/catalogue";
import { isStreamed } from "@brimline/core/report/kind";
import { headlineLevel } from "@brimline/core/report/entry";
import { figureAt } from "@brimline/core/report/pick";
import { named } from "@brimline/core/report/names";
import { loadText } from "@brimline/core/report/text";
import type { Level, Report } from "@brimline/core/report/schema";
import { headLines } from "../format/named.ts";
import { shortDuration, whole } from "../format/number.ts";
import { figureColumn } from "./figure-column.ts";
import { type Column, type Pill, type RowLook, type Table, tableOf } from "./table.ts";

/** "100 users", or "warm-up, 5 users". */
export const levelName = (level: Level): string =>
  level.role === "warmup" ? `Warm-up, ${loadText(level.load)}` : loadText(level.load);

export const levelNamed = (report: Report, id: string): string => {
  const level = report.levels.find((one) => one.id === id);
  return level === undefined ? id : loadText(level.load);
};

const load: Column<Level> = { head: ["Load"], cell: levelName };
/** The columns of a table of levels. */
const columnsOf = (
  report: Report,
  group: Entry["group"],
  isShown: (key: FigureKey) => boolean = () => true,
): Column<Level>[] =>
  shown("page", isStreamed(report))
    .filter((key) => named(key).group === group && isShown(key))
    .map((key) => figureColumn(key, headLines(key), key === "outputTokensPerS"));

/** The server's figures without those that it does not export: each kind of server has some that no other has. */
function exportedColumns(report: Report): Column<Level>[] {
  if (report.levels.every(({ server }) => server === null)) return [];
  return columnsOf(report, "server", (key) => {
    const figures = report.levels.map((level) => figureAt(level, key));
    return (
      figures.some(({ value }) => value !== null) ||
      !figures.some(({ reasons }) => reasons.includes("not_exported"))
    );
  });
}

const REQUESTS: Column<Level>[] = [
  load,
  {
    head: ["Requests", "ok / sent"],
    cell: ({ requests }) => `${whole(requests.ok)} / ${whole(requests.sent)}`,
  },
  {
    head: ["Duration"],
    cell: ({ runs }) => shortDuration(runs.reduce((sum, run) => sum + run.durationS, 0)),
  },
];

function pillOf(level: Level): Pill | null {
  if (level.role === "warmup") return null;
  if (level.state !== "completed") return { text: level.state, tone: "bad" };
  if (level.requests.failed > 0) return { text: `${whole(level.requests.failed)} failed`, tone: "bad" };
  if (level.validity === "invalid") return { text: "invalid", tone: "bad" };
  if (level.sloMet === true) return { text: "in objective", tone: "good" };
  if (level.sloMet === false) return { text: "over objective", tone: "neutral" };
  return level.validity === "indicative" ? { text: "indicative", tone: "neutral" } : null;
}

/** The tables of all levels, warm-up first: requests and throughput, latency, efficiency, the server's own figures. */
export function levelTables(report: Report): { title: string; table: Table }[] {
  const headline = headlineLevel(report);
  const look =
    (hasPill: boolean) =>
    (level: Level): RowLook => ({
      tone:
        level === headline
          ? "best"
          : level.role === "warmup" || level.validity === "invalid"
            ? "muted"
            : "plain",
      pill: hasPill ? pillOf(level) : null,
    });
  const hasEnergy = report.levels.some(
    (level) =>
      level.gpu !== null || level.mfuPercent.value !== null || level.usdPerMOutputTokens.value !== null,
  );
  const server = exportedColumns(report);
  const requests = [...REQUESTS, ...columnsOf(report, "throughput")];
  const latency = [load, ...columnsOf(report, "latency")];
  const efficiency = [load, ...columnsOf(report, "efficiency")];
  return [
    {
      title: "Requests and throughput",
      table: tableOf("Requests and throughput of every level", requests, report.levels, look(true)),
    },
    { title: "Latency", table: tableOf("Latency of every level", latency, report.levels, look(false)) },
    ...(hasEnergy
      ? [
          {
            title: "Energy, arithmetic and cost",
            table: tableOf("Energy, MFU and cost of every level", efficiency, report.levels, look(false)),
          },
        ]
      : []),
    ...(server.length > 0
      ? [
          {
            title: "The server by its own metrics",
            table: tableOf("What the server counts of itself", [load, ...server], report.levels, look(false)),
          },
        ]
      : []),
  ];
}

interface ErrorRow {
  level: Level;
  kind: string;
  count: number;
  sample: string;
}

/** Failed requests by kind, each with one redacted answer. It is null when no request failed. */
export function errorTable(report: Report): Table | null {
  const rows = report.levels.flatMap((level) =>
    Object.entries(level.requests.errors).map(([kind, count]): ErrorRow => {
      const sample = level.errorSamples.find((one) => one.kind === kind);
      const status = sample?.status === null || sample?.status === undefined ? "" : `${sample.status} `;
      return {
        level,
        kind,
        count,
        sample: sample === undefined ? "" : `${status}${sample.text.slice(0, 200)}`,
      };
    }),
  );
  if (rows.length === 0) return null;
  return tableOf(
    "Failed requests by kind",
    [
      { head: ["Load"], cell: (row) => levelName(row.level) },
      { head: ["Kind"], cell: (row) => row.kind.replaceAll("_", " ") },
      { head: ["Requests"], cell: (row) => whole(row.count) },
      { head: ["First answer"], cell: (row) => row.sample },
    ],
    rows,
  );
}
