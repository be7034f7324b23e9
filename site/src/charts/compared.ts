import type { FigureKey } from "@brimline/core/report/catalogue";
import { isStreamed } from "@brimline/core/report/kind";
import type { Level, Report } from "@brimline/core/report/schema";
import { axisTitle } from "../format/named.ts";
import { chartedLevels, jsonRows, loadEncoding, type Point, pointsOf } from "./load.ts";
import { colour } from "./palette.ts";
import { aboutText } from "./about.ts";
import type { Drawable } from "./drawable.ts";
import { AXIS_PX, chart, EDGE_PX, layer, type Size, type Spec, WIDTH } from "./spec.ts";

const STREAMED: FigureKey[] = ["outputTokensPerS", "ttftMs.p95", "tpotMs.p95"];
const WHOLE: FigureKey[] = ["requestsPerS", "e2eMs.p95"];
const COLUMN_GAP = 30;
/** From so many ms on, an axis is in seconds. */
const IN_SECONDS_FROM = 2000;

export const CURVES_TITLE = "Throughput and latency against load, before and after";

/**
 * Throughput and latency against load of two reports, one over the other. It is null where neither has a second load,
 * because there is no curve then.
 */
export function curves(a: Report, b: Report): Drawable | null {
  if (Math.max(chartedLevels(a).length, chartedLevels(b).length) < 2) return null;
  const isSimulated = a.provenance.simulated || b.provenance.simulated;
  return {
    name: "curves",
    title: CURVES_TITLE,
    size: "wide",
    draw: (size) => drawCurves(a, b, size),
    about: aboutText([`solid: ${b.name}, dashed: ${a.name}`, b.endpoint.model], b.createdAt, isSimulated),
  };
}

/** The figures of the curves. */
export const curveFigures = (b: Report): FigureKey[] => (isStreamed(b) ? STREAMED : WHOLE);

function drawCurves(a: Report, b: Report, size: Size): Spec {
  const keys = curveFigures(b);
  const isStacked = size !== "wide";
  const width = isStacked
    ? WIDTH[size] - AXIS_PX - EDGE_PX
    : (WIDTH.wide - (keys.length - 1) * COLUMN_GAP) / keys.length - AXIS_PX - EDGE_PX;
  const [before, after] = [chartedLevels(a), chartedLevels(b)];
  const panels = keys.map((key) => curvePanel({ key, before, after, width, height: isStacked ? 190 : 230 }));
  return chart(isStacked ? { vconcat: panels, spacing: 40 } : { hconcat: panels, spacing: COLUMN_GAP });
}

interface CurvePanel {
  key: FigureKey;
  before: Level[];
  after: Level[];
  width: number;
  height: number;
}

function curvePanel({ key, before, after, width, height }: CurvePanel): Spec {
  const series = [pointsOf(before, key), pointsOf(after, key)] as const;
  const ends = series.flat().flatMap(({ value, high }) => [value ?? 0, high ?? 0]);
  const isLatency = key.includes("Ms");
  const inSeconds = isLatency && Math.max(...ends) >= IN_SECONDS_FROM;
  const scaled = (value: number | null): number | null =>
    value === null || !inSeconds ? value : value / 1000;
  const [first, second] = series.map((points) =>
    points.map((point): Point => ({
      ...point,
      value: scaled(point.value),
      low: scaled(point.low),
      high: scaled(point.high),
    })),
  );
  const top = (scaled(Math.max(...ends)) ?? 0) * 1.1 || 1;
  return {
    width,
    height,
    encoding: {
      x: loadEncoding([...before, ...after], width),
      y: {
        field: "value",
        type: "quantitative",
        scale: { domain: [0, top], nice: false },
        axis: { title: `↑  ${axisTitle(key, inSeconds ? "s" : "ms")}`, tickCount: 4, format: ",~r" },
      },
    },
    layer: [
      ...curveLayers(first ?? [], { hue: "muted", dash: [5, 4], fill: "paper" }),
      ...curveLayers(second ?? [], { hue: "blue", dash: [1, 0], fill: "blue" }),
    ],
  };
}

interface Look {
  hue: "muted" | "blue";
  dash: number[];
  fill: "paper" | "blue";
}

/** A line through the sound levels, 95 % intervals as bars, and invalid levels as red rings. */
const curveLayers = (points: Point[], { hue, dash, fill }: Look): Spec[] => {
  const drawn = points.filter(({ value }) => value !== null);
  return [
    layer(
      jsonRows(drawn.filter(({ low, high }) => low !== null && high !== null)),
      { type: "rule", color: colour(hue), strokeWidth: 1.5, opacity: 0.5 },
      { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
    ),
    layer(
      jsonRows(points.filter(({ isSound }) => isSound)),
      { type: "line", color: colour(hue), strokeWidth: 2, strokeDash: dash },
      {},
    ),
    layer(
      jsonRows(drawn.filter(({ isSound }) => isSound)),
      { type: "point", fill: colour(fill), stroke: colour(hue), strokeWidth: 2, size: 48 },
      {},
    ),
    layer(
      jsonRows(drawn.filter(({ isSound }) => !isSound)),
      { type: "point", fill: colour("paper"), stroke: colour("red"), strokeWidth: 2, size: 48 },
      {},
    ),
  ];
};
