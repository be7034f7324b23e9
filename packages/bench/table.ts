import type { Client } from "./clients.ts";
import { markdown } from "@brimline/testkit/markdown";
import type { LagQuantiles } from "./lag-quantiles.ts";
import type { Measured } from "./measured.ts";

/** One run. Its round tells which other runs were close to it in time. */
export interface ClientRun {
  round: number;
  client: string;
  kind: Client["kind"];
  measured: Measured;
}

/** One client in one scenario, over its rounds. */
export interface ClientRow {
  client: string;
  runs: number;
  cpuUsPerEvent: number;
  /**
   * Its cost ÷ the floor's of the same round: the median, the least and the largest. It is null without a
   * floor.
   */
  ratio: { median: number; low: number; high: number } | null;
  /** The median of its cost ÷ that of the first of our drivers in the same round. */
  timesOurs: number | null;
  eventsPerS: number;
  lagMs: LagQuantiles | null;
  ttftErrorP99Ms: number | null;
  gapErrorP99Ms: number | null;
  earlyPercent: number | null;
  mergedPercent: number | null;
  outsidePercent: number | null;
  rssMb: number;
  wrong: number;
}

/** The middle value, or the mean of the two in the middle. It is NaN of none. */
export function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (rank: number): number => sorted[rank] ?? Number.NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}

/** The median of what is known. It is null where nothing is. */
export const medianOrNull = (values: (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : medianOf(known);
};

/** The rows, in the order in which clients first ran. */
export function clientRows(runs: ClientRun[]): ClientRow[] {
  const costsOf = (client: string | undefined): Map<number, number> =>
    new Map(
      runs
        .filter((run) => run.client === client)
        .map(({ round, measured }) => [round, measured.cpuUsPerEvent]),
    );
  const floors = costsOf(runs.find(({ kind }) => kind === "floor")?.client);
  const ours = costsOf(runs.find(({ kind }) => kind === "ours")?.client);
  return [...Map.groupBy(runs, ({ client }) => client)].map(([client, own]) => {
    const of = (figure: (measured: Measured) => number | null): number | null =>
      medianOrNull(own.map(({ measured }) => figure(measured)));
    const spread = (name: keyof LagQuantiles): number | null => of(({ lagMs }) => lagMs?.[name] ?? null);
    const [p50, p99, p999, max] = [spread("p50"), spread("p99"), spread("p999"), spread("max")];
    return {
      client,
      runs: own.length,
      cpuUsPerEvent: medianOf(own.map(({ measured }) => measured.cpuUsPerEvent)),
      ratio: ratioOf(own, floors),
      timesOurs: ratioOf(own, ours)?.median ?? null,
      eventsPerS: medianOf(own.map(({ measured }) => measured.eventsPerS)),
      lagMs: p50 === null || p99 === null || p999 === null || max === null ? null : { p50, p99, p999, max },
      ttftErrorP99Ms: of(({ ttftErrorMs }) => ttftErrorMs?.p99 ?? null),
      gapErrorP99Ms: of(({ gapErrorMs }) => gapErrorMs?.p99 ?? null),
      earlyPercent: of(({ earlyPercent }) => earlyPercent ?? null),
      mergedPercent: of(({ mergedPercent }) => mergedPercent ?? null),
      outsidePercent: of(({ outsidePercent }) => outsidePercent ?? null),
      rssMb: medianOf(own.map(({ measured }) => measured.rssMb)),
      wrong: own.reduce((sum, { measured }) => sum + measured.wrong, 0),
    };
  });
}

/** What a client costs ÷ what another costs in the same round. */
function ratioOf(runs: ClientRun[], costs: Map<number, number>): ClientRow["ratio"] {
  const ratios = runs.flatMap(({ round, measured }) => {
    const other = costs.get(round);
    return other === undefined ? [] : [measured.cpuUsPerEvent / other];
  });
  return ratios.length === 0
    ? null
    : { median: medianOf(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

const HEADS = [
  "client",
  "runs",
  "µs/chunk",
  "× floor",
  "(range)",
  "× ours",
  "chunks/s",
  "lag p50",
  "p99",
  "p99.9",
  "TTFT err p99",
  "gap err p99",
  "early %",
  "merged %",
  "outside %",
  "RSS MB",
  "wrong",
];

/** A Markdown table. Lag and errors are in ms. */
export function render(rows: ClientRow[]): string {
  const ms = (value: number | null | undefined): string =>
    value == null ? "–" : value.toFixed(value < 10 ? 3 : 1);
  const percent = (value: number | null): string => (value === null ? "–" : value.toFixed(1));
  const lines = rows.map((row) => [
    row.client,
    String(row.runs),
    row.cpuUsPerEvent.toFixed(row.cpuUsPerEvent < 10 ? 2 : 1),
    row.ratio === null ? "–" : row.ratio.median.toFixed(2),
    row.ratio === null ? "–" : `${row.ratio.low.toFixed(2)}–${row.ratio.high.toFixed(2)}`,
    row.timesOurs === null ? "–" : row.timesOurs.toFixed(2),
    Math.round(row.eventsPerS).toLocaleString("en"),
    ms(row.lagMs?.p50),
    ms(row.lagMs?.p99),
    ms(row.lagMs?.p999),
    ms(row.ttftErrorP99Ms),
    ms(row.gapErrorP99Ms),
    percent(row.earlyPercent),
    percent(row.mergedPercent),
    percent(row.outsidePercent),
    row.rssMb.toFixed(0),
    String(row.wrong),
  ]);
  return markdown(HEADS, lines);
}
