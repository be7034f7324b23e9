import type { Report } from "@brimline/core/report/schema";
import { axisTitle } from "../format/named.ts";
import { whole } from "../format/number.ts";
import { drawnFit } from "./curve.ts";
import { chartedLevels } from "./load.ts";
import { unitText } from "@brimline/core/report/names";
import { loadValue } from "@brimline/core/report/text";
import { colour } from "./palette.ts";
import { chart, layer, noteChart, plotWidth, shaded, type Drawing, type Json, type Spec } from "./spec.ts";

/**
 * A curve is drawn up to this many times the highest measured load, as far as a figure may be extrapolated.
 */
const EXTRAPOLATE = 1.5;
const CURVE_STEPS = 90;

/**
 * Output against achieved load with the fitted curve. The curve is solid over the measured loads if its
 * maximum is identified, and dashed otherwise. Its shade is its 95 % interval.
 */
export const saturation: Drawing = {
  title: "Output against load, with the fitted curve",
  size: "wide",
  section: null,
  figures: ["inFlight", "outputTokensPerS"],
  draw(report, size) {
    const content = saturationPlot(report, plotWidth(size), size === "narrow" ? 260 : 320);
    return content === null
      ? noteChart(size, "Not drawn: no level with a known throughput and load.")
      : chart(content);
  },
};

/** The plot alone, for the page's chart and for the picture. It is null when there is no point to draw. */
export function saturationPlot(report: Report, width: number, height: number): Spec | null {
  const { saturation } = report;
  const points = chartedLevels(report).flatMap((level) => {
    const x = saturation?.xUnit === "ratePerS" ? loadValue(level.load) : level.inFlight.value;
    const { value: y, low, high } = level.outputTokensPerS;
    return x === null || y === null
      ? []
      : [{ x, y, low, high, isUsed: saturation?.points.includes(level.id) ?? false }];
  });
  if (points.length === 0) return null;
  const measuredTo = Math.max(...points.map((point) => point.x));
  const end = measuredTo * EXTRAPOLATE;
  const drawn = saturation === null ? null : drawnFit(saturation.fits, saturation.chosen);
  const maximum = saturation?.maxTokensPerS ?? null;
  const isIdentified = maximum !== null && maximum.value !== null;
  const curve =
    drawn === null
      ? []
      : Array.from({ length: CURVE_STEPS + 1 }, (_, index) => (index / CURVE_STEPS) * end).map((x) => ({
          x,
          y: drawn.curve(x),
        }));
  const solid = isIdentified ? curve.filter((point) => point.x <= measuredTo) : [];
  const dashed = isIdentified ? curve.filter((point) => point.x >= measuredTo - end / CURVE_STEPS) : curve;
  const ceiling = maximum?.value ?? null;
  const band = drawn?.fit.family === saturation?.chosen ? (saturation?.band ?? []) : [];
  const top =
    Math.max(
      ...points.map((point) => point.high ?? point.y),
      ...curve.map((point) => point.y),
      ...band.map(({ high }) => high),
      ceiling ?? 0,
    ) * 1.14;
  const rows = (kept: typeof points): Json[] => kept.map((point) => ({ ...point }));
  const unit = saturation?.xUnit === "ratePerS" ? "Requests per second" : `${axisTitle("inFlight")}, mean`;
  return {
    width,
    height,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        scale: { domain: [0, end], nice: false },
        axis: { title: unit, tickCount: width < 400 ? 4 : 8, format: ",~r" },
      },
      y: {
        field: "y",
        type: "quantitative",
        scale: { domain: [0, top], nice: false },
        axis: { title: `↑  ${axisTitle("outputTokensPerS")}`, tickCount: 5, format: ",~r" },
      },
    },
    layer: [
      shaded([{ from: measuredTo, to: end }]),
      layer(
        [{ x: end }],
        { type: "text", align: "right", baseline: "bottom", dx: -6, dy: -6, color: colour("muted") },
        { y: { value: height }, text: { value: "not measured" } },
      ),
      layer(
        band.filter(({ load }) => load <= end).map(({ load, low, high }) => ({ x: load, low, high })),
        { type: "area", color: colour("blue"), opacity: 0.13 },
        { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      ),
      ...(ceiling === null ? [] : ceilingLayers(ceiling, maximum)),
      layer(solid, { type: "line", color: colour("blue"), strokeWidth: 2 }, {}),
      layer(dashed, { type: "line", color: colour("blue"), strokeWidth: 2, strokeDash: [2, 5] }, {}),
      ...(isIdentified || drawn === null ? [] : [dashedNote(curve, width)]),
      layer(
        rows(points.filter((point) => point.low !== null)),
        { type: "rule", color: colour("blue"), strokeWidth: 1.5 },
        { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      ),
      layer(
        rows(points.filter((point) => point.isUsed)),
        { type: "point", color: colour("blue"), size: 62 },
        {},
      ),
      layer(
        rows(points.filter((point) => !point.isUsed)),
        { type: "point", fill: colour("paper"), stroke: colour("red"), strokeWidth: 2, size: 62 },
        {},
      ),
    ],
  };
}

function ceilingLayers(ceiling: number, maximum: { low: number | null; high: number | null } | null): Spec[] {
  const interval =
    maximum === null || maximum.low === null || maximum.high === null
      ? ""
      : ` (95 % ${whole(maximum.low)} – ${whole(maximum.high)})`;
  return [
    layer(
      [{ y: ceiling }],
      { type: "rule", color: colour("faint"), strokeDash: [3, 3] },
      { x: { value: 0 }, x2: { value: "width" } },
    ),
    layer(
      [{ y: ceiling }],
      { type: "text", align: "left", dx: 2, dy: -8, color: colour("muted") },
      {
        x: { value: 0 },
        text: { value: `fitted maximum ${whole(ceiling)} ${unitText("outputTokensPerS")}${interval}` },
      },
    ),
  ];
}

/** The note about a dashed curve. It stands above the curve's first part, where nothing else is. */
function dashedNote(curve: { x: number; y: number }[], width: number): Spec {
  const end = curve.at(-1);
  return layer(
    [{ x: 0, y: (end?.y ?? 0) * 1.05 }],
    { type: "text", align: "left", dx: 4, color: colour("muted") },
    {
      text: {
        value: width < 400 ? "dashed: maximum not identified" : "dashed: these levels do not bound a maximum",
      },
    },
  );
}
