import type { Entry, FigureKey, Name, Words } from "@brimline/core/report/catalogue";
import { TIMELINE } from "@brimline/core/report/catalogue";
import { named } from "@brimline/core/report/names";
import { duration, percent, significant, usd, whole } from "./number.ts";

type Format = (value: number) => string;

const FORMATS: Record<Entry["format"], Format> = { whole, significant, duration, percent, usd };
/** The formats for places that show the unit elsewhere. */
const BARE_FORMATS: Record<Entry["format"], Format> = {
  whole,
  significant,
  duration: significant,
  percent: significant,
  usd: (value) => value.toPrecision(3),
};
const CARRIES_UNIT = new Set<Entry["format"]>(["duration", "percent", "usd"]);

export const formatOf = (key: FigureKey): Format => FORMATS[named(key).format];
export const bareFormatOf = (key: FigureKey): Format => BARE_FORMATS[named(key).format];

const STATISTICS = { mean: "avg", p50: "P50", p90: "P90", p95: "P95", p99: "P99", p999: "P99.9" };

/** The parts of a text that is joined later: a part that is empty is left out. */
const parts = (...texts: string[]): string[] => texts.filter((text) => text !== "");

function statisticOf(key: Name | FigureKey): string {
  const { statistic } = named(key);
  return statistic === null ? "" : STATISTICS[statistic];
}

/** The unit that a heading shows. It is empty if the cells or the name have it. */
function unitOf(key: FigureKey): string {
  const { format, headUnit } = named(key);
  return CARRIES_UNIT.has(format) ? "" : headUnit;
}

/** A figure's name: "TTFT P95", "Throughput". */
export const nameOf = (key: FigureKey): string => parts(named(key).label, statisticOf(key)).join(" ");

/** A figure's name at the top of a page: "First token, P95". A median is not named as one. */
export function headlineOf(key: FigureKey): string {
  const { headline, statistic } = named(key);
  return statistic === "p50" ? headline : parts(headline, statisticOf(key)).join(", ");
}

/** The heading of a column on one line: "TTFT P95", "Output, tok/s". */
export const headOf = (key: FigureKey): string =>
  parts(parts(named(key).shortLabel, statisticOf(key)).join(" "), unitOf(key)).join(", ");

/** The heading of a row whose cells are plain numbers: "TTFT P95, ms". */
export const nameWithUnit = (key: FigureKey): string =>
  parts(parts(named(key).shortLabel, statisticOf(key)).join(" "), named(key).headUnit).join(", ");

/** The lines of the heading of a narrow column: "Output" over "tok/s", "J per" over "token". */
export function headLines(key: FigureKey): string[] {
  const { shortLabel } = named(key);
  const second = parts(unitOf(key), statisticOf(key)).join(" ");
  if (second !== "") return [shortLabel, second];
  return shortLabel.split(shortLabel.includes(", ") ? ", " : /(?<= per) /);
}

/** The title of an axis: "Output tokens/s", "Time to first token P95, ms". */
export function axisTitle(key: Name | FigureKey, durationUnit: "ms" | "s" = "ms"): string {
  const entry = named(key);
  const title = parts(entry.axis ?? entry.label, statisticOf(key)).join(" ");
  return withUnit(title, entry, entry.unit === "ms" ? durationUnit : entry.unit);
}

/** The title of the axis of a timeline's column. */
export function trackTitle(column: string, by: "label" | "shortLabel" = "label"): string {
  const words = TIMELINE[column];
  return words === undefined ? column : withUnit(words.axis ?? words[by] ?? words.label, words, words.unit);
}

/** The heading of a timeline's column in a table. */
export function columnHead(column: string): string {
  const words = TIMELINE[column];
  if (words === undefined) return column;
  const { label, shortLabel = label, unit, saysUnit } = words;
  return parts(shortLabel, saysUnit === true ? "" : unit).join(", ");
}

const withUnit = (title: string, { axis, unit, saysUnit }: Words, shown: string): string =>
  parts(title, unit === "ms" || (axis === undefined && saysUnit !== true) ? shown : "").join(", ");
