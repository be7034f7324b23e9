import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Series, TrendJob } from "@brimline/core/trend/schema";
import { seriesText } from "@brimline/core/trend/words";
import { axisTitle } from "../format/named.ts";
import { shortDay } from "../format/number.ts";
import { colour } from "./palette.ts";
import type { Drawable } from "./drawable.ts";
import { AXIS_PX, chart, EDGE_PX, layer, type Json, type Size, type Spec, WIDTH } from "./spec.ts";

/** From so many ms on, an axis is in seconds. */
const IN_SECONDS_FROM = 2000;
const HEIGHT = 170;

/** One figure over the jobs of a trend, with a line at the mean of each stretch and a rule at each step. */
export const seriesChart = (series: Series, jobs: TrendJob[], name: string): Drawable => ({
  name,
  title: seriesText(series).replace(/^./, (letter) => letter.toUpperCase()),
  size: "half",
  draw: (size) => drawSeries(series, jobs, size),
  about: series.steps.length === 0 ? "no step" : `${series.steps.length} steps`,
});

function drawSeries({ figure, points, steps }: Series, jobs: TrendJob[], size: Size): Spec {
  const width = WIDTH[size] - AXIS_PX - EDGE_PX;
  const known = points.flatMap((point, at) => (point === null ? [] : [{ at, ...point }]));
  const values = known.map(({ value }) => value);
  const inSeconds = figure.includes("Ms") && Math.max(...values) >= IN_SECONDS_FROM;
  const scaled = (value: number): number => (inSeconds ? value / 1000 : value);
  const [least, most] = [scaled(Math.min(...values)), scaled(Math.max(...values))];
  const room = (most - least) * 0.18 || most * 0.05 || 1;
  const [first, last] = [jobs[0], jobs.at(-1)];
  const rows: Json[] = known.map(({ at, value }) => ({ at, value: scaled(value) }));
  return chart({
    width,
    height: HEIGHT,
    encoding: {
      x: {
        field: "at",
        type: "quantitative",
        scale: { domain: [-0.6, jobs.length - 0.4], nice: false, zero: false },
        axis: { values: [], title: null, ticks: false },
      },
      y: {
        field: "value",
        type: "quantitative",
        scale: { domain: [least - room, most + room], nice: false, zero: false },
        axis: {
          title: `↑  ${axisTitle(figure as FigureKey, inSeconds ? "s" : "ms")}`,
          tickCount: 4,
          format: ",.4~r",
        },
      },
    },
    layer: [
      ...steps.map(({ at, verdict }) =>
        layer(
          [{ at: at - 0.5 }],
          { type: "rule", color: colour(verdict === "worse" ? "red" : "teal"), strokeDash: [3, 3] },
          { y: { value: 0 }, y2: { value: HEIGHT } },
        ),
      ),
      layer(
        stretches(known, steps).map(({ from, to, mean }) => ({ at: from, to, value: scaled(mean) })),
        { type: "rule", color: colour("blue"), strokeWidth: 2, opacity: 0.55 },
        { x2: { field: "to" } },
      ),
      layer(rows, { type: "point", color: colour("blue"), size: 26 }, {}),
      ...(first === undefined || last === undefined
        ? []
        : [
            edgeLabel(first.createdAt, { x: 0, align: "left" }),
            edgeLabel(last.createdAt, { x: width, align: "right" }),
          ]),
    ],
  });
}

const edgeLabel = (iso: string, { x, align }: { x: number; align: "left" | "right" }): Spec =>
  layer(
    [{}],
    { type: "text", align, baseline: "top", color: colour("muted") },
    { x: { value: x }, y: { value: HEIGHT + 8 }, text: { value: shortDay(iso) } },
  );

/** The means between the steps. */
function stretches(
  known: { at: number; value: number }[],
  steps: Series["steps"],
): { from: number; to: number; mean: number }[] {
  const ends = [-Infinity, ...steps.map(({ at }) => at), Infinity];
  return ends.slice(1).flatMap((end, i) => {
    const within = known.filter(({ at }) => at >= (ends[i] ?? 0) && at < end);
    const [first, last] = [within[0], within.at(-1)];
    const mean = within.reduce((sum, { value }) => sum + value, 0) / within.length;
    return first === undefined || last === undefined
      ? []
      : [{ from: first.at - 0.4, to: last.at + 0.4, mean }];
  });
}
