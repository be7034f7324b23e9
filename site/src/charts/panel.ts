import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Level } from "@brimline/core/report/schema";
import { axisTitle, bareFormatOf } from "../format/named.ts";
import { loadEncoding, pointsOf, jsonRows } from "./load.ts";
import { colour } from "./palette.ts";
import { layer, type Spec } from "./spec.ts";

export interface Panel {
  figure: FigureKey;
  /** What the title says beside the figure's name. */
  about?: string;
  hue: Parameters<typeof colour>[0];
  /** The format of the axis. */
  format?: string;
  width: number;
  height: number;
  /** Writes the value beside the first and the last point, if not as the figure is usually written. */
  showEnds?: (value: number) => string;
}

const END_LABEL: Spec = { type: "text", fontWeight: 600 };

/**
 * One figure against load: a line through the levels, with 95 % intervals as bars and invalid levels as
 * rings.
 */
export function panel(levels: Level[], options: Panel): Spec {
  const { figure, about, width, height, hue, showEnds = bareFormatOf(figure) } = options;
  const title = about === undefined ? axisTitle(figure) : `${axisTitle(figure)}, ${about}`;
  const points = pointsOf(levels, figure);
  const drawn = points.filter((point) => point.value !== null);
  const top = Math.max(0, ...drawn.map((point) => Math.max(point.value ?? 0, point.high ?? 0)));
  const x = loadEncoding(levels, width);
  const frame = { width, height };
  if (drawn.length === 0) return { ...frame, ...emptyPanel(title, height) };
  const y: Spec = {
    field: "value",
    type: "quantitative",
    scale: { domain: [0, top * 1.12 || 1], nice: false },
    axis: { title: `↑  ${title}`, tickCount: height < 200 ? 4 : 5, format: options.format ?? "~s" },
  };
  const ends = [...new Set([drawn[0], drawn.at(-1)])].flatMap((end) => (end === undefined ? [] : [end]));
  const first = drawn[0]?.value ?? 0;
  const isRising = (drawn[1]?.value ?? 0) > first;
  // A label below a point that is close to the axis would overlap the axis.
  const isLow = first < top * 0.09;
  return {
    ...frame,
    encoding: { x, y },
    layer: [
      layer(jsonRows(points.filter((point) => point.isSound)), { type: "line", color: colour(hue) }, {}),
      layer(
        jsonRows(drawn.filter((point) => point.low !== null && point.high !== null)),
        { type: "rule", color: colour(hue), strokeWidth: 1.5, opacity: 0.55 },
        { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
      ),
      layer(jsonRows(drawn.filter((point) => point.isSound)), { type: "point", color: colour(hue) }, {}),
      layer(
        jsonRows(drawn.filter((point) => !point.isSound)),
        { type: "point", fill: colour("paper"), stroke: colour("red"), strokeWidth: 2 },
        {},
      ),
      ...ends.map((end, index) =>
        layer(
          [{ load: end.load, value: end.value, text: showEnds(end.value ?? 0) }],
          index === 1
            ? { ...END_LABEL, align: "right", dx: 4, dy: -14 }
            : {
                ...END_LABEL,
                align: "left",
                ...(isRising && !isLow ? { dx: 8, dy: 12 } : { dx: -4, dy: -14 }),
              },
          { text: { field: "text" } },
        ),
      ),
    ],
  };
}

const emptyPanel = (title: string, height: number): Spec => ({
  layer: [
    layer(
      [{}],
      { type: "text", align: "left", baseline: "bottom", color: colour("muted"), fontWeight: 500 },
      { x: { value: 0 }, y: { value: -11 }, text: { value: title } },
    ),
    layer(
      [{}],
      { type: "text", align: "left", color: colour("muted") },
      { x: { value: 0 }, y: { value: height / 2 }, text: { value: "not known for any level" } },
    ),
  ],
});
