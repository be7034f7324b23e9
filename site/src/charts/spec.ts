import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Report } from "@brimline/core/report/schema";
import { CHART_FONT } from "./font.ts";
import { colour } from "./palette.ts";

/** A Vega-Lite specification is JSON. Texts stand in data or constants, never in expressions. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Spec = Record<string, Json>;

/** The place of a chart: across the page, in one of two columns, or on a telephone. */
export type Size = "wide" | "half" | "narrow";
export const WIDTH: Record<Size, number> = { wide: 1040, half: 500, narrow: 342 };

/** A chart of a report. */
export interface Drawing {
  title: string;
  /** How wide the chart is on the page. */
  size: Size;
  draw: (report: Report, size: Size) => Spec;
  /** The figures of its table. It is null for a chart over time, whose table has the timeline's columns. */
  figures: FigureKey[] | ((report: Report) => FigureKey[]) | null;
  /** The section of the page that it stands in. It is null if the page places it by hand. */
  section: "latency" | "timeline" | "efficiency" | "pictures" | null;
}

/**
 * The room for the labels of the y axis. It is the same in every chart, so that panels above each other share
 * one x axis.
 */
export const AXIS_PX = 46;
/** The room right of the plot, so that the last label of the x axis is not cut. */
export const EDGE_PX = 12;

/** The width of the plot itself. */
export const plotWidth = (size: Size, right = EDGE_PX): number => WIDTH[size] - AXIS_PX - right;

const config: Spec = {
  font: CHART_FONT,
  view: { stroke: null },
  axis: {
    labelColor: colour("muted"),
    titleColor: colour("muted"),
    gridColor: colour("grid"),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    labelPadding: 7,
    domain: false,
    ticks: false,
  },
  axisX: {
    grid: false,
    domain: true,
    domainColor: colour("faint"),
    ticks: true,
    tickColor: colour("faint"),
    tickSize: 5,
    labelPadding: 4,
    titlePadding: 8,
    labelFlush: false,
  },
  axisY: {
    titleAngle: 0,
    titleAlign: "left",
    titleAnchor: "end",
    titleBaseline: "bottom",
    titleX: -AXIS_PX,
    titleY: -11,
    minExtent: AXIS_PX,
    maxExtent: AXIS_PX,
  },
  title: {
    color: colour("ink"),
    subtitleColor: colour("muted"),
    fontSize: 17,
    fontWeight: 600,
    subtitleFontSize: 13,
    subtitlePadding: 6,
    anchor: "start",
    frame: "bounds",
    offset: 22,
  },
  text: { fontSize: 12, color: colour("ink") },
  line: { strokeCap: "round", strokeJoin: "round", strokeWidth: 2.25 },
  point: { filled: true, size: 58, opacity: 1 },
  legend: { disable: true },
};

const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** A whole chart with this content. */
export const chart = (content: Spec): Spec => ({
  $schema: SCHEMA,
  background: null,
  padding: { left: 0, right: 0, top: 4, bottom: 2 },
  config,
  ...content,
});

/** A chart that only says why there is nothing to draw. */
export const noteChart = (size: Size, text: string): Spec =>
  chart({
    width: WIDTH[size],
    height: 72,
    data: { values: [{}] },
    mark: { type: "text", align: "left", color: colour("muted"), fontSize: 13 },
    encoding: { x: { value: 0 }, y: { value: 36 }, text: { value: text } },
  });

/** A layer with its own rows. */
export const layer = (values: Json[], mark: Spec, encoding: Spec): Spec => ({
  data: { values },
  mark,
  encoding,
});

/** Shades what lies between two places of the x axis, over the whole height of the plot. */
export const shaded = (spans: { from: number; to: number }[], height: number | "height" = "height"): Spec =>
  layer(
    spans,
    { type: "rect", color: colour("band") },
    {
      x: { field: "from", type: "quantitative" },
      x2: { field: "to" },
      y: { value: 0 },
      y2: { value: height },
    },
  );

/** The labels, moved apart so that none covers another. Their order stays. */
export function apart<T extends { y: number }>(labels: T[], gap: number): T[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  const placed: T[] = [];
  for (const label of sorted)
    placed.push({ ...label, y: Math.max(label.y, (placed.at(-1)?.y ?? -Infinity) + gap) });
  return placed;
}
