import { REASON_TEXT, type Reason } from "../../codes.ts";
import type { FigureKey } from "../catalogue.ts";
import { named } from "../names.ts";
import type { Figure } from "../../figure.ts";
import { demandOf, type Load } from "../../load.ts";
import type { Report } from "../schema.ts";

/** What stands in a cell without a value. What is missing has its reason beside the table. */
export const UNKNOWN = "—";

/**
 * A number for a reader: whole from 1,000 on, about three significant digits below, with separated thousands.
 */
export function number(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size < 0.1) return String(Number(value.toPrecision(2)));
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** Behind a value that must not be used. */
export const DOUBTED = "?";

/**
 * A figure in one cell: its value, "≥ low" when only a lower bound is known, a dash when nothing is. An invalid
 * value has a question mark.
 */
export function cell(figure: Figure, unit = ""): string {
  const suffix = unit === "" ? "" : ` ${unit}`;
  const doubt = figure.validity === "invalid" ? ` ${DOUBTED}` : "";
  if (figure.value !== null) return `${number(figure.value)}${suffix}${doubt}`;
  return figure.low === null ? UNKNOWN : `≥ ${number(figure.low)}${suffix}`;
}

/** A figure's 95 % interval as "low – high", or "≥ low" where it is open above. It is empty when there is none. */
export const interval = ({ value, low, high }: Figure): string =>
  value === null || low === null
    ? ""
    : high === null
      ? `≥ ${number(low)}`
      : `${number(low)} – ${number(high)}`;

/** A figure's name: "TTFT p95", "Throughput". */
export function figureName(key: FigureKey, by: "label" | "shortLabel" = "label"): string {
  const { [by]: name, statistic } = named(key);
  return statistic === null ? name : `${name} ${statistic}`;
}

/** What a row is called: "TTFT p95, ms", "MFU, %", "Tokens/J". */
export const heading = (key: FigureKey): string =>
  [figureName(key), named(key).headUnit].filter((part) => part !== "").join(", ");

/** A change in percent, with its sign. */
export const change = (figure: Figure): string =>
  figure.value === null ? UNKNOWN : `${figure.value >= 0 ? "+" : "−"}${Math.abs(figure.value).toFixed(1)} %`;

export const reasonText = (reasons: readonly Reason[]): string =>
  reasons.map((reason) => REASON_TEXT[reason]).join("; ");

/** "50 users" or "8/s poisson". */
export function fullLoadText(load: Load): string {
  const { value, suffix } = demandOf(load);
  return `${number(value)}${suffix}`;
}

/** The load of a level by the level's id. */
export function levelHeading(report: Pick<Report, "levels">, id: string): string {
  const level = report.levels.find((candidate) => candidate.id === id);
  return level === undefined ? id : fullLoadText(level.load);
}

/** A time as "42 s", "3 min 20 s" or "1 h 5 min". */
export function seconds(value: number): string {
  const whole = Math.round(value);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
