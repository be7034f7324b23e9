import type { OBJECTIVES } from "@brimline/core/report/catalogue";
import { isStreamed } from "@brimline/core/report/kind";
import type { Level, Report } from "@brimline/core/report/schema";
import { axisTitle } from "../format/named.ts";
import { loadEncoding, chartedLevels, pointsOf, jsonRows } from "./load.ts";
import { colour } from "./palette.ts";
import { apart, AXIS_PX, chart, type Drawing, layer, WIDTH, type Size, type Spec } from "./spec.ts";

const COLUMN_GAP = 28;
/** The room for "P95" beside the lines. */
const LABEL_PX = 36;
const PERCENTILES = [
  { key: "p50", name: "P50", opacity: 0.65, width: 1.75, dash: [1, 0] },
  { key: "p95", name: "P95", opacity: 1, width: 2.75, dash: [1, 0] },
  { key: "p99", name: "P99", opacity: 0.8, width: 1.75, dash: [2, 4] },
] as const;

/**
 * Latency against load: time to first token and time per output token, each as median, P95 and P99. An answer in one
 * piece has only its whole latency.
 */
export const latency: Drawing = {
  title: "Latency against load",
  size: "wide",
  section: "latency",
  figures: (report) =>
    isStreamed(report)
      ? ["ttftMs.p50", "ttftMs.p95", "ttftMs.p99", "tpotMs.p50", "tpotMs.p95", "tpotMs.p99"]
      : ["e2eMs.p50", "e2eMs.p95", "e2eMs.p99"],
  draw: latencyPanels,
};

function latencyPanels(report: Report, size: Size): Spec {
  const levels = chartedLevels(report);
  const isStacked = size !== "wide";
  const width = isStacked
    ? WIDTH[size] - AXIS_PX - LABEL_PX
    : (WIDTH.wide - COLUMN_GAP) / 2 - AXIS_PX - LABEL_PX;
  const height = isStacked ? 220 : 270;
  if (!isStreamed(report)) {
    const slo = report.slo?.e2eMs ?? null;
    return chart(percentilePanel(levels, { latency: "e2eMs", hue: "orange", slo, width, height }));
  }
  const panels = [
    percentilePanel(levels, {
      latency: "ttftMs",
      hue: "orange",
      slo: report.slo?.ttftMs ?? null,
      width,
      height,
    }),
    percentilePanel(levels, {
      latency: "tpotMs",
      hue: "teal",
      slo: report.slo?.tpotMs ?? null,
      width,
      height,
    }),
  ];
  return chart(isStacked ? { vconcat: panels, spacing: 40 } : { hconcat: panels, spacing: COLUMN_GAP });
}

interface PercentilePanel {
  latency: (typeof OBJECTIVES)[number];
  hue: "orange" | "teal";
  slo: number | null;
  width: number;
  height: number;
}

function percentilePanel(levels: Level[], { latency, hue, slo, width, height }: PercentilePanel): Spec {
  const series = PERCENTILES.map((percentile) => ({
    ...percentile,
    points: pointsOf(levels, `${latency}.${percentile.key}`),
  }));
  const values = series
    .flatMap(({ key, points }) => points.flatMap((point) => [point.value, key === "p95" ? point.high : null]))
    .filter((value) => value !== null);
  const top = Math.max(1, ...values, slo !== null && slo < 1.5 * Math.max(0, ...values) ? slo : 0) * 1.1;
  const inSeconds = top >= 2000;
  const scaled = (value: number | null): number | null =>
    value === null ? null : inSeconds ? value / 1000 : value;
  const domainTop = inSeconds ? top / 1000 : top;
  const toPx = (value: number): number => height * (1 - value / domainTop);
  const last = Math.max(...levels.map((_, index) => index));
  const labels = apart(
    // Labels with equal values keep the order of the lines, with P99 on top.
    series.toReversed().flatMap(({ name, points }) => {
      const end = points.findLast((point) => point.value !== null);
      return end?.value === undefined || end.value === null
        ? []
        : [{ name, load: end.load, isLast: points[last] === end, y: toPx(scaled(end.value) ?? 0) }];
    }),
    14,
  );
  const p95 = series[1]?.points ?? [];
  const band = p95
    .filter((point) => point.low !== null && point.high !== null)
    .map((point) => ({ load: point.load, low: scaled(point.low), high: scaled(point.high) }));
  return {
    width,
    height,
    encoding: {
      x: loadEncoding(levels, width),
      y: {
        field: "value",
        type: "quantitative",
        scale: { domain: [0, domainTop], nice: false },
        axis: { title: `↑  ${axisTitle(latency, inSeconds ? "s" : "ms")}`, tickCount: 5, format: ",~r" },
      },
    },
    layer: [
      layer(
        band,
        { type: "area", color: colour(hue), opacity: 0.13 },
        { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      ),
      ...(slo === null || slo > top ? [] : sloLayers(scaled(slo) ?? 0, `objective: ${slo} ms`)),
      ...series.map(({ points, opacity, width: strokeWidth, dash }) =>
        layer(
          jsonRows(points.map((point) => ({ ...point, value: scaled(point.value) }))),
          { type: "line", color: colour(hue), opacity, strokeWidth, strokeDash: [...dash] },
          {},
        ),
      ),
      layer(
        jsonRows(
          p95
            .filter((point) => point.value !== null)
            .map((point) => ({ ...point, value: scaled(point.value) })),
        ),
        { type: "point", color: colour(hue), size: 44 },
        {},
      ),
      ...labels.map(({ name, load, y }) =>
        layer(
          [{ load }],
          { type: "text", align: "left", dx: 9, color: colour(hue), fontWeight: name === "P95" ? 600 : 400 },
          { y: { value: y }, text: { value: name } },
        ),
      ),
    ],
  };
}

const sloLayers = (value: number, text: string): Spec[] => [
  layer(
    [{ value }],
    { type: "rule", color: colour("muted"), strokeDash: [3, 3] },
    { x: { value: 0 }, x2: { value: "width" } },
  ),
  layer(
    [{ value }],
    { type: "text", align: "left", dx: 2, dy: -8, color: colour("muted") },
    { x: { value: 0 }, text: { value: text } },
  ),
];
