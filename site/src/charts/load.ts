import { demandOf } from "@brimline/core/load";
import { loadText, loadValue } from "@brimline/core/report/text";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { figureAt } from "@brimline/core/report/pick";
import type { Level, Report } from "@brimline/core/report/schema";
import { isDoubted } from "../format/figure.ts";
import { textWidth } from "./font.ts";
import type { Json, Spec } from "./spec.ts";

/**
 * The measured levels by load. Users and rates do not share an axis, so all have the kind of the first one.
 */
export function chartedLevels(report: Pick<Report, "levels">): Level[] {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  return measured
    .filter((level) => level.load.kind === measured[0]?.load.kind)
    .toSorted((a, b) => loadValue(a.load) - loadValue(b.load));
}

/** One figure of one level as a row of a chart. An unknown figure is null and shows as a gap. */
export interface Point {
  load: number;
  label: string;
  value: number | null;
  low: number | null;
  high: number | null;
  /** Whether neither the level nor a value of the figure is invalid. */
  isSound: boolean;
}

export const pointsOf = (levels: Level[], key: FigureKey): Point[] =>
  levels.map((level) => {
    const figure = figureAt(level, key);
    const { value, low, high } = figure;
    return {
      load: loadValue(level.load),
      label: loadText(level.load),
      value,
      low: value === null ? null : low,
      high: value === null ? null : high,
      isSound: level.validity !== "invalid" && !isDoubted(figure),
    };
  });

export const jsonRows = (points: Point[]): Json[] => points.map((point) => ({ ...point }));

/** The axis is logarithmic when the highest load is more than this many times the lowest. */
const LOG_FROM_RATIO = 20;

/** The x axis of load, with a tick at as many levels as fit. */
export function loadEncoding(levels: Level[], width: number): Spec {
  const loads = levels.map(({ load }) => loadValue(load));
  const least = Math.min(...loads);
  const most = Math.max(...loads);
  const isLog = loads.length > 1 && most / least >= LOG_FROM_RATIO;
  const domain: [number, number] = isLog ? [least / 1.2, most * 1.15] : [0, most * 1.06];
  const place = (load: number): number =>
    isLog
      ? (Math.log(load / domain[0]) / Math.log(domain[1] / domain[0])) * width
      : ((load - domain[0]) / (domain[1] - domain[0])) * width;
  const unit = levels[0] === undefined ? "" : demandOf(levels[0].load).unit.axis;
  return {
    field: "load",
    type: "quantitative",
    scale: { type: isLog ? "log" : "linear", domain, nice: false, zero: false },
    axis: {
      title: isLog ? `${unit} (log)` : unit,
      values: fitting(isLog ? loads : [0, ...loads], place),
      // Without digits of its own, the format would take those of a step between ticks, and 16 would be 20.
      format: ".6~r",
      labelOverlap: false,
    },
  };
}

/** The ticks whose labels do not touch. The highest load always has one. */
function fitting(values: number[], place: (value: number) => number): number[] {
  const kept: number[] = [];
  let left = Infinity;
  for (const value of values.toSorted((a, b) => b - a)) {
    const half = textWidth(String(value), 12, 400) / 2;
    if (place(value) + half + 10 > left) continue;
    kept.push(value);
    left = place(value) - half;
  }
  return kept.reverse();
}
