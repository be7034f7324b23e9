import { type Entry, type FigureKey, shown } from "@brimline/core/report/catalogue";
import { isStreamed } from "@brimline/core/report/kind";
import { headlineLevel } from "@brimline/core/report/entry";
import { figureAt } from "@brimline/core/report/pick";
import { named } from "@brimline/core/report/names";
import { loadText } from "@brimline/core/report/text";
import type { Level, Report } from "@brimline/core/report/schema";
import type { Figure } from "@brimline/core/figure";
import { showFigure } from "../format/figure.ts";
import { headLines, nameOf } from "../format/named.ts";
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
  isShown: (key: FigureKey) => boolean,
): Column<Level>[] =>
  shown("page", isStreamed(report))
    .filter((key) => named(key).group === group && isShown(key))
    .map((key) => figureColumn(key, headLines(key), key === "outputTokensPerS"));

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

/**
 * The tables of all levels, warm-up first: requests and throughput, latency, efficiency, the server's own figures. A
 * figure that no level has is in no table; `untold` says which those are and why, each reason once.
 */
export function levelTables(report: Report): { tables: { title: string; table: Table }[]; untold: string[] } {
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
  const streamed = isStreamed(report);
  const without = shown("page", streamed).filter((key) =>
    report.levels.every((level) => isEmpty(figureAt(level, key))),
  );
  const has = (key: FigureKey): boolean => !without.includes(key);
  const groups: { title: string; about: string; columns: Column<Level>[] }[] = [
    {
      title: "Requests and throughput",
      about: "Requests and throughput of every level",
      columns: [...REQUESTS, ...columnsOf(report, "throughput", has)],
    },
    {
      title: "Latency",
      about: "Latency of every level",
      columns: [load, ...columnsOf(report, "latency", has)],
    },
    {
      title: "Energy, arithmetic and cost",
      about: "Energy, MFU and cost of every level",
      columns: [load, ...columnsOf(report, "efficiency", has)],
    },
    {
      title: "The server by its own metrics",
      about: "What the server counts of itself",
      columns: [load, ...columnsOf(report, "server", has)],
    },
  ];
  return {
    tables: groups
      .filter(({ columns }) => columns.length > 1)
      .map(({ title, about, columns }, index) => ({
        title,
        table: tableOf(about, columns, report.levels, look(index === 0)),
      })),
    untold: untoldLines(report, without),
  };
}

const isEmpty = ({ value, low }: Figure): boolean => value === null && low === null;

/** "TTFT P99, latency P99: too few requests for this figure". */
function untoldLines(report: Report, keys: FigureKey[]): string[] {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const [level] = measured.length > 0 ? measured : report.levels;
  if (level === undefined) return [];
  const byReason = Map.groupBy(keys, (key) => showFigure(figureAt(level, key), String).reason ?? "not known");
  return [...byReason].map(([reason, same]) => `${same.map((key) => nameOf(key)).join(", ")}: ${reason}.`);
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
