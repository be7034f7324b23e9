import type { FigureKey } from "@brimline/core/report/catalogue";
import { headlineLevel } from "@brimline/core/report/entry";
import { isStreamed } from "@brimline/core/report/kind";
import { inSentence, named } from "@brimline/core/report/names";
import { figureAt } from "@brimline/core/report/pick";
import type { Level, Report } from "@brimline/core/report/schema";
import { chartedLevels } from "../charts/load.ts";
import { loadValue } from "@brimline/core/report/text";
import { isDoubted, MISSING, showFigure } from "../format/figure.ts";
import { bareFormatOf, headlineOf } from "../format/named.ts";

export interface KeyFigure {
  label: string;
  value: string;
  unit: string;
  /** "95 % 1,350 – 1,417", or why there is no value or interval. */
  detail: string;
  hue: string;
  spark: Spark | null;
}

/** A line of 160 × 34 through all levels, with a mark at the headline level. */
interface Spark {
  line: string;
  area: string;
  mark: string | null;
}

const WANTED: { key: FigureKey; hue: string }[] = [
  { key: "outputTokensPerS", hue: "blue" },
  { key: "ttftMs.p95", hue: "orange" },
  { key: "userSpeedTokensPerS.p50", hue: "teal" },
  { key: "tokensPerJ", hue: "purple" },
  { key: "mfuPercent", hue: "gold" },
  { key: "usdPerMOutputTokens", hue: "red" },
];

/** What they are where answers come in one piece. */
const WANTED_OF_WHOLE: typeof WANTED = [
  { key: "requestsPerS", hue: "blue" },
  { key: "e2eMs.p95", hue: "orange" },
  { key: "inputTokensPerS", hue: "teal" },
];

/**
 * The figures that a reader asks for first, at the level that the verdict names, and the names of those that are not
 * known there.
 */
export function keyFigures(report: Report): { figures: KeyFigure[]; unknown: string[] } {
  const headline = headlineLevel(report);
  if (headline === null) return { figures: [], unknown: [] };
  const levels = chartedLevels(report);
  const wanted = isStreamed(report) ? WANTED : WANTED_OF_WHOLE;
  const all = wanted.map(({ key, hue }) => {
    const figure = figureAt(headline, key);
    const shown = showFigure(figure, bareFormatOf(key));
    const saysNothing = figure.value === null || isDoubted(figure);
    const detail = saysNothing
      ? (shown.reason ?? "")
      : shown.interval === null
        ? (shown.reason ?? "no interval")
        : `95 %: ${shown.interval}`;
    return {
      label: headlineOf(key),
      value: shown.text,
      unit: named(key).unit,
      detail,
      hue,
      spark: sparkOf(levels, headline, key),
    };
  });
  const isKnown = ({ value }: KeyFigure): boolean => value !== MISSING;
  return {
    figures: all.filter(isKnown),
    unknown: all.filter((figure) => !isKnown(figure)).map(({ label }) => inSentence(label)),
  };
}

const SPARK = { width: 160, height: 34, inset: 4 };

function sparkOf(levels: Level[], headline: Level, key: FigureKey): Spark | null {
  const known = levels.flatMap((level) => {
    const { value } = figureAt(level, key);
    return value === null ? [] : [{ level, value }];
  });
  if (known.length < 2) return null;
  // Loads often double from level to level, so they are evenly spaced in the logarithm.
  const place = known.map(({ level }) => Math.log(Math.max(loadValue(level.load), 0.1)));
  const [from, to] = [Math.min(...place), Math.max(...place)];
  const [least, most] = [
    Math.min(...known.map(({ value }) => value)),
    Math.max(...known.map(({ value }) => value)),
  ];
  const x = (index: number): string =>
    (
      SPARK.inset +
      (((place[index] ?? 0) - from) / (to - from || 1)) * (SPARK.width - 2 * SPARK.inset)
    ).toFixed(1);
  const y = (value: number): string =>
    (
      SPARK.height -
      SPARK.inset -
      ((value - least) / (most - least || 1)) * (SPARK.height - 2 * SPARK.inset)
    ).toFixed(1);
  const line = known.map(({ value }, index) => `${index === 0 ? "M" : "L"}${x(index)},${y(value)}`).join("");
  const marked = known.findIndex(({ level }) => level === headline);
  const value = known[marked]?.value;
  return {
    line,
    area: `${line}L${x(known.length - 1)},${SPARK.height}L${x(0)},${SPARK.height}Z`,
    mark: value === undefined ? null : `M${x(marked)},${y(value)}h.01`,
  };
}
