import { loadText } from "@brimline/core/report/text";
import type { Report } from "@brimline/core/report/schema";
import { trackTitle } from "../format/named.ts";
import { textWidth } from "./font.ts";
import { colour } from "./palette.ts";
import {
  chart,
  type Drawing,
  layer,
  noteChart,
  plotWidth,
  shaded,
  type Json,
  type Size,
  type Spec,
} from "./spec.ts";

/** One row of the timeline chart: a column of the report over time. */
export interface Track {
  column: string;
  title: string;
  hue: Parameters<typeof colour>[0];
  height: number;
  /** The fixed top of the axis, if the unit has one. */
  top?: number;
  /** The line is filled down to zero. */
  isArea: boolean;
  /** The axis starts at zero. */
  fromZero: boolean;
  /** The columns of the least and the most of each row, which are shaded around the line on a logarithmic axis. */
  range?: { low: string; high: string };
}

/** The column that is shown only when a request failed. */
const FAILURES = "failedPerS";

/** The column that is shown only where there are no output tokens. */
const REQUESTS = "requestsPerS";

const JOB_TRACKS: Track[] = [
  {
    column: "inFlight",
    title: trackTitle("inFlight"),
    hue: "orange",
    height: 70,
    isArea: true,
    fromZero: true,
  },
  {
    column: "outputTokensPerS",
    title: trackTitle("outputTokensPerS"),
    hue: "blue",
    height: 100,
    isArea: true,
    fromZero: true,
  },
  {
    column: REQUESTS,
    title: trackTitle("requestsPerS"),
    hue: "blue",
    height: 100,
    isArea: true,
    fromZero: true,
  },
  {
    column: "ttftMs",
    title: `${trackTitle("ttftMs")}: median, least to most (log)`,
    hue: "gold",
    height: 100,
    isArea: false,
    fromZero: true,
    range: { low: "ttftMinMs", high: "ttftMaxMs" },
  },
  {
    column: "serverRunning",
    title: trackTitle("serverRunning"),
    hue: "blue",
    height: 60,
    isArea: false,
    fromZero: true,
  },
  {
    column: "serverWaiting",
    title: trackTitle("serverWaiting"),
    hue: "orange",
    height: 60,
    isArea: true,
    fromZero: true,
  },
  {
    column: "kvPercent",
    title: trackTitle("kvPercent"),
    hue: "teal",
    height: 60,
    top: 100,
    isArea: true,
    fromZero: true,
  },
  { column: "powerW", title: trackTitle("powerW"), hue: "purple", height: 86, isArea: true, fromZero: true },
  {
    column: "utilPercent",
    title: trackTitle("utilPercent"),
    hue: "teal",
    height: 60,
    top: 100,
    isArea: false,
    fromZero: true,
  },
  {
    column: "hostCpuPercent",
    title: trackTitle("hostCpuPercent"),
    hue: "gold",
    height: 60,
    top: 100,
    isArea: false,
    fromZero: true,
  },
  {
    column: FAILURES,
    title: trackTitle(FAILURES),
    hue: "red",
    height: 44,
    isArea: true,
    fromZero: true,
  },
];

/** The job on one clock: load, output, the server's queue and KV cache, GPU power and utilisation, the CPU of the host, with the levels shaded. */
export const timeline: Drawing = {
  title: "Load, output, server and GPU over time",
  size: "wide",
  section: "timeline",
  figures: null,
  draw: (report, size) => tracksChart(report, JOB_TRACKS, size),
};

/** Whether the report has values for a track, and the track something to say. */
function isShown({ column }: Track, columns: Report["timeline"]["columns"]): boolean {
  if (column === REQUESTS && columns["outputTokensPerS"] !== undefined) return false;
  const values = columns[column] ?? [];
  return values.some((value) => value !== null && (value !== 0 || column !== FAILURES));
}

/** Every track that the report has values for, over time. */
export function tracksChart(report: Report, tracks: Track[], size: Size): Spec {
  const { startS, stepS, columns } = report.timeline;
  const present = tracks.filter((track) => isShown(track, columns));
  const rows = Math.max(0, ...present.map((track) => columns[track.column]?.length ?? 0));
  if (present.length === 0 || rows < 2) return noteChart(size, "Not drawn: the report has no timeline.");
  const width = plotWidth(size);
  const endS = startS + (rows - 1) * stepS;
  const spans = report.levels.flatMap((level) =>
    level.runs.map((run) => ({
      from: run.startS,
      to: Math.min(endS, run.startS + run.durationS),
      text: level.role === "warmup" ? "warm-up" : loadText(level.load),
    })),
  );
  const perPx = (endS - startS) / width;
  const buckets = width / (size === "narrow" ? 1.5 : 2);
  const bands = present.map(({ range }) =>
    range === undefined ? null : bandOf(columns[range.low], columns[range.high], { startS, stepS, buckets }),
  );
  return chart({
    spacing: 30,
    resolve: { scale: { x: "shared" } },
    vconcat: present.map((track, index) => {
      const isLast = index === present.length - 1;
      const band = bands[index] ?? null;
      const points = thin(columns[track.column] ?? [], buckets).map(({ index: row, value }) => ({
        t: startS + row * stepS,
        // A logarithmic axis has no place for zero.
        value: band !== null && value === 0 ? null : value,
      }));
      const encoding: Spec = {
        x: {
          field: "t",
          type: "quantitative",
          scale: { domain: [startS, endS], nice: false },
          axis: isLast ? timeAxis(size) : null,
        },
      };
      return {
        width,
        height: track.height,
        encoding,
        layer: [
          shaded(spans, track.height),
          ...(index === 0 ? [spanLabels(spans, perPx)] : []),
          ...(band === null ? [] : [bandLayer(track, band)]),
          trackLayer(track, points, { isFirst: index === 0, band }),
        ],
      };
    }),
  });
}

/** The least and the most of each bucket of rows. */
interface Band {
  t: number;
  low: number | null;
  high: number | null;
}

/** It is null for a report that was made before timelines had the columns, or has no latency. */
function bandOf(
  lows: (number | null)[] | undefined,
  highs: (number | null)[] | undefined,
  { startS, stepS, buckets }: { startS: number; stepS: number; buckets: number },
): Band[] | null {
  if (lows === undefined || highs === undefined) return null;
  const size = Math.max(1, Math.ceil(lows.length / buckets));
  const known = (values: (number | null)[]): number[] =>
    values.filter((value) => value !== null && value > 0) as number[];
  const band = Array.from({ length: Math.ceil(lows.length / size) }, (_, bucket): Band => {
    const [from, to] = [bucket * size, (bucket + 1) * size];
    const [least, most] = [known(lows.slice(from, to)), known(highs.slice(from, to))];
    const isKnown = least.length > 0 && most.length > 0;
    return {
      t: startS + (from + (size - 1) / 2) * stepS,
      low: isKnown ? Math.min(...least) : null,
      high: isKnown ? Math.max(...most) : null,
    };
  });
  return band.some(({ low }) => low !== null) ? band : null;
}

const bandLayer = ({ hue }: Track, band: Band[]): Spec =>
  layer(
    band.map((row) => ({ ...row })),
    { type: "area", color: colour(hue), fillOpacity: 0.25 },
    { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
  );

/** The axis of a band: its ends with some room, and a tick at each power of ten. */
function logScale(band: Band[]): { scale: Spec; values: number[] } {
  const lows = band.flatMap(({ low }) => low ?? []);
  const highs = band.flatMap(({ high }) => high ?? []);
  const [from, to] = [Math.min(...lows) * 0.8, Math.max(...highs) * 1.25];
  const powers = Array.from({ length: 13 }, (_, power) => 10 ** (power - 4));
  // Over less than two powers of ten, the steps between them are told too.
  const ticks = to / from > 100 ? powers : powers.flatMap((power) => [power, 2 * power, 5 * power]);
  return {
    scale: { type: "log", domain: [from, to], nice: false },
    values: ticks.filter((value) => value >= from && value <= to),
  };
}

function trackLayer(
  track: Track,
  points: { t: number; value: number | null }[],
  { isFirst, band }: { isFirst: boolean; band: Band[] | null },
): Spec {
  const log = band === null ? null : logScale(band);
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const top = track.top ?? Math.max(...values, 0.001) * 1.12;
  const bottom = track.fromZero ? 0 : Math.min(...values) * 0.92;
  const mark: Spec = track.isArea
    ? {
        type: "area",
        color: colour(track.hue),
        fillOpacity: 0.16,
        line: { color: colour(track.hue), strokeWidth: 1.4, opacity: 1 },
      }
    : { type: "line", color: colour(track.hue), strokeWidth: 1.4 };
  return layer(points, mark, {
    y: {
      field: "value",
      type: "quantitative",
      scale: log === null ? { domain: [bottom, top], nice: false, zero: track.fromZero } : log.scale,
      axis: {
        title: track.title,
        ...(log === null ? { tickCount: track.height < 80 ? 2 : 3 } : { values: log.values }),
        format: ",~r",
        titleY: isFirst ? -26 : -8,
      },
    },
  });
}

/** The load of each level above its span, if it fits. */
function spanLabels(spans: { from: number; to: number; text: string }[], perPx: number): Spec {
  const labels: Json[] = [];
  let right = -Infinity;
  for (const { from, to, text } of spans) {
    const middle = (from + to) / 2;
    const candidates = [text, text.replace(/ .*/, "")];
    const shown = candidates.find(
      (candidate) =>
        middle - (textWidth(candidate, 12, 500) / 2) * perPx > right + 4 * perPx &&
        textWidth(candidate, 12, 500) * perPx < (to - from) * 1.25,
    );
    if (shown === undefined) continue;
    labels.push({ t: middle, text: shown });
    right = middle + (textWidth(shown, 12, 500) / 2) * perPx;
  }
  return layer(
    labels,
    { type: "text", baseline: "bottom", dy: -6, color: colour("muted"), fontWeight: 500 },
    { x: { field: "t", type: "quantitative" }, y: { value: 0 }, text: { field: "text" } },
  );
}

const timeAxis = (size: Size): Spec => ({
  title: "Time since the job was accepted, min:s",
  tickCount: size === "narrow" ? 4 : 9,
  tickMinStep: 1,
  labelExpr: "floor(datum.value / 60) + ':' + format(datum.value % 60, '02.0f')",
});

/**
 * Thins a series to about 2 × `buckets` rows. It keeps the least and the most of each bucket in time order,
 * so no peak is lost.
 */
export function thin(values: (number | null)[], buckets: number): { index: number; value: number | null }[] {
  const rows = values.map((value, index) => ({ index, value }));
  const size = Math.ceil(values.length / buckets);
  if (size <= 2) return rows;
  const kept: { index: number; value: number | null }[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const bucket = rows.slice(start, start + size);
    const known = bucket
      .filter((row) => row.value !== null)
      .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0));
    const ends = [
      known[0],
      known.at(-1),
      known.length < bucket.length ? bucket.find((row) => row.value === null) : undefined,
    ];
    kept.push(
      ...[...new Set(ends)]
        .flatMap((row) => (row === undefined ? [] : [row]))
        .toSorted((a, b) => a.index - b.index),
    );
  }
  return kept;
}
