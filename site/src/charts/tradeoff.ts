import { demandOf } from "@brimline/core/load";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import { headlineLevel } from "@brimline/core/report/entry";
import { inSentence } from "@brimline/core/report/names";
import type { Report } from "@brimline/core/report/schema";
import { isDoubted } from "../format/figure.ts";
import { axisTitle } from "../format/named.ts";
import { whole } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { loadValue } from "@brimline/core/report/text";
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

/**
 * The median output speed of a request against the output of the whole endpoint: what one user gets and what
 * all get.
 */
export const tradeoff: Drawing = {
  title: "Speed for one user against output for all",
  size: "wide",
  section: null,
  figures: ["userSpeedTokensPerS.p50", "outputTokensPerS"],
  draw: drawTradeoff,
};

function drawTradeoff(report: Report, size: Size): Spec {
  const headline = headlineLevel(report);
  const points = chartedLevels(report).flatMap((level) => {
    const x = level.userSpeedTokensPerS.p50.value;
    const y = level.outputTokensPerS.value;
    if (x === null || y === null) return [];
    const { low, high } = level.outputTokensPerS;
    return [
      {
        x,
        y,
        low,
        high,
        load: loadValue(level.load),
        text: String(loadValue(level.load)),
        isSound: level.validity !== "invalid" && !isDoubted(level.userSpeedTokensPerS.p50),
        isFilled: level.sloMet !== false,
        isHeadline: level === headline,
      },
    ];
  });
  if (points.length === 0)
    return noteChart(size, "Not drawn: the speed of one user or the throughput is not known for any level.");
  const output = axisTitle("outputTokensPerS");
  const isNarrow = size === "narrow";
  const width = plotWidth(size);
  const limit =
    report.slo?.tpotMs === undefined || report.slo.tpotMs === null ? null : 1000 / report.slo.tpotMs;
  const right = Math.max(...points.map((point) => point.x), limit ?? 0) * 1.1;
  // When one user's speed hardly changes, an axis from zero would leave most of the chart empty. The first
  // tick says where it starts.
  const slowest = Math.min(...points.map((point) => point.x), limit ?? Infinity);
  const left = slowest > 0.5 * right ? Math.floor(slowest * 0.6) : 0;
  const top = Math.max(...points.map((point) => Math.max(point.y, point.high ?? 0))) * 1.16;
  const rows = (kept: typeof points): Json[] => kept.map((point) => ({ ...point }));
  const best = points.find((point) => point.isHeadline);
  const isBestLeft = best !== undefined && best.x - left < (right - left) * 0.6;
  const unit = headline === null ? "" : demandOf(headline.load).unit.many;
  return chart({
    width,
    height: isNarrow ? 300 : 380,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        scale: { domain: [left, right], nice: false, zero: false },
        axis: {
          title: isNarrow
            ? `${axisTitle("userSpeedTokensPerS")}, median`
            : `${CATALOGUE.userSpeedTokensPerS.label}: ${inSentence(output)}, median`,
          tickCount: isNarrow ? 5 : 9,
        },
      },
      y: {
        field: "y",
        type: "quantitative",
        scale: { domain: [0, top], nice: false },
        axis: { title: `↑  ${output}, whole endpoint`, tickCount: 6, format: ",~r" },
      },
    },
    layer: [
      ...(limit === null
        ? []
        : limitLayers(
            left,
            limit,
            limitText(report.slo?.tpotMs ?? 0, (width * (limit - left)) / (right - left)),
          )),
      layer(
        rows(points),
        { type: "area", color: colour("blue"), opacity: 0.07 },
        { order: { field: "load" } },
      ),
      layer(
        rows(points),
        { type: "line", color: colour("blue"), strokeWidth: 2.5 },
        { order: { field: "load" } },
      ),
      layer(
        rows(points.filter((point) => point.low !== null)),
        { type: "rule", color: colour("blue"), strokeWidth: 1.5, opacity: 0.55 },
        { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      ),
      layer(
        rows(points.filter((point) => point.isFilled && point.isSound)),
        { type: "point", color: colour("blue"), size: 76 },
        {},
      ),
      layer(
        rows(points.filter((point) => !point.isFilled && point.isSound)),
        { type: "point", fill: colour("paper"), stroke: colour("blue"), strokeWidth: 2, size: 70 },
        {},
      ),
      layer(
        rows(points.filter((point) => !point.isSound)),
        { type: "point", fill: colour("paper"), stroke: colour("red"), strokeWidth: 2, size: 70 },
        {},
      ),
      layer(
        rows(labelled(points, right - left, top, width, isNarrow ? 300 : 380)),
        { type: "text", align: "left", dx: 9, dy: -9, color: colour("muted"), fontWeight: 500 },
        { text: { field: "text" } },
      ),
      ...(best === undefined
        ? []
        : [
            layer(
              [{ ...best }],
              { type: "point", filled: false, stroke: colour("blue"), strokeWidth: 2, size: 330 },
              {},
            ),
            layer(
              [{ ...best }],
              {
                type: "text",
                align: isBestLeft ? "left" : "right",
                dx: isBestLeft ? 18 : -18,
                dy: isBestLeft ? -12 : 4,
                fontWeight: 600,
                fontSize: isNarrow ? 13 : 14,
              },
              {
                text: { value: `${best.text} ${unit}: ${whole(best.y)} ${CATALOGUE.outputTokensPerS.unit}` },
              },
            ),
          ]),
    ],
  });
}

/** The points whose label does not touch the one before. The headline has a label of its own. */
function labelled<T extends { x: number; y: number; isHeadline: boolean }>(
  points: T[],
  span: number,
  top: number,
  width: number,
  height: number,
): T[] {
  const kept: T[] = [];
  for (const point of points) {
    const isClear = points
      .filter((other) => kept.includes(other) || other.isHeadline)
      .every(
        (other) =>
          other === point ||
          Math.abs(other.x - point.x) / span > 26 / width ||
          Math.abs(other.y - point.y) / top > 16 / height,
      );
    if (isClear && !point.isHeadline) kept.push(point);
  }
  return kept;
}

/** What the band of speeds that miss the objective is called, as far as its width in px has room for it. */
function limitText(tpotMs: number, bandPx: number): string {
  const texts = [`slower than the objective of ${tpotMs} ms per token`, "too slow", ""];
  return texts.find((text) => LETTER_PX * text.length < bandPx) ?? "";
}
const LETTER_PX = 7.5;

const limitLayers = (left: number, limit: number, text: string): Spec[] => [
  shaded([{ from: left, to: limit }]),
  layer(
    [{ x: limit }],
    { type: "rule", color: colour("faint"), strokeDash: [3, 3] },
    { y: { value: 0 }, y2: { value: "height" } },
  ),
  layer(
    [{ x: limit }],
    { type: "text", align: "right", baseline: "top", dx: -7, dy: 4, color: colour("muted") },
    {
      y: { value: 0 },
      text: { value: text },
    },
  ),
];
