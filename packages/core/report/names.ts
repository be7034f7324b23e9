import type { Slo } from "../metric/goodput.ts";
import { CATALOGUE, OBJECTIVES, type Entry, type FigureKey, type Name, type Statistic } from "./catalogue.ts";
import { num } from "./text.ts";

/** An entry of the catalogue without gaps. */
export interface Named extends Entry {
  name: Name;
  /** It is null for a spread as a whole, and for a figure that is none of a spread's. */
  statistic: Statistic | null;
  shortLabel: string;
  headline: string;
  /** What a heading adds to a name: the unit, unless the names say it. */
  headUnit: string;
}

export function named(key: Name | FigureKey): Named {
  const [name, statistic = null] = key.split(".") as [Name, Statistic?];
  const entry = CATALOGUE[name];
  const { label, shortLabel = label, headline = label, unit, saysUnit } = entry;
  return { ...entry, name, statistic, shortLabel, headline, headUnit: saysUnit === true ? "" : unit };
}

/** A name inside a sentence: "throughput", but "MFU". */
export const inSentence = (name: string): string =>
  /^[A-Z][a-z]/.test(name) ? `${name.charAt(0).toLowerCase()}${name.slice(1)}` : name;

/** A unit in a sentence: "tokens/s", "%". */
export const unitText = (name: Name): string => CATALOGUE[name].unit.replace("tok", "tokens");

/** A value in a sentence: "1,424 tokens/s", "15.6 %". */
export const valueText = (name: Name, value: number): string => `${num(value)} ${unitText(name)}`;

/** "TTFT p95 ≤ 500 ms and TPOT p95 ≤ 50 ms". */
export function sloText(slo: Slo): string {
  return OBJECTIVES.flatMap((name) => {
    const boundMs = slo[name];
    return boundMs === undefined
      ? []
      : [`${named(name).shortLabel} p${slo.percentile} ≤ ${valueText(name, boundMs)}`];
  }).join(" and ");
}
