import type { Figure } from "../../figure.ts";
import type { Verdict } from "../../job/state/verdict.ts";
import { exact } from "../../metric/statistics/derive.ts";
import type { Slo } from "../../metric/goodput.ts";
import { valueText } from "../names.ts";
import { throughputName, throughputOf } from "../pick.ts";
import type { Level } from "../schema.ts";
import { loadValue } from "../text.ts";
import { hasFailures } from "./failures.ts";

/** How much load the endpoint takes, and what limits it. */
export type Capacity = Pick<Verdict, "sentence" | "capacity" | "capacityUnit" | "levelId" | "limit">;
export type Found = Omit<Capacity, "capacityUnit">;

/** The levels of the first level's kind in the order of their load. A job of users and rates is judged by these. */
export function ofFirstKind(measured: Level[]): Level[] {
  const kind = measured[0]?.load.kind;
  return measured
    .filter(({ load }) => load.kind === kind)
    .toSorted((a, b) => loadValue(a.load) - loadValue(b.load));
}

/** Whether a level counts. A rate that brought too many open requests does, because it bounds the capacity. */
export const isUsable = ({ validity, reasons }: Level): boolean =>
  validity !== "invalid" || reasons.includes("open_limit");

/** The load is told by counts, which are right however late a byte is read. */
export const withoutClient = (reasons: Level["reasons"]): Level["reasons"] =>
  reasons.filter((reason) => reason !== "client_limited");

/** " with 1,424 tokens/s", or nothing if that is not known. */
export function throughputText(level: Level, before: string): string {
  const { value } = throughputOf(level);
  return value === null ? "" : `${before}${valueText(throughputName(level), value)}`;
}

/** The load of a level. The next level that missed bounds it from above. */
export function capacityAt(level: Level, missed: Level | undefined, n: number): Figure {
  const figure = exact(loadValue(level.load), n);
  const reasons = withoutClient(level.reasons);
  return {
    ...figure,
    high: missed === undefined ? null : loadValue(missed.load),
    validity: reasons.length === 0 ? "valid" : level.validity,
    reasons,
  };
}

/**
 * The highest level below a load that seems to meet the objective: as large a share of its requests did, and these are
 * too few, or depend too much on one another, to be sure of it.
 */
export const seeming = (levels: Level[], slo: Slo, below: Level): Level | undefined =>
  levels.findLast(
    (level) =>
      loadValue(level.load) < loadValue(below.load) &&
      level.sloMet === null &&
      isUsable(level) &&
      (level.goodPercent.value ?? 0) >= slo.percentile,
  );

/**
 * Whether the level missed the objective. Failed requests missed it for certain, so they need no level that counts
 * otherwise.
 */
export const hasMissed = (level: Level, slo: Slo): boolean =>
  level.sloMet === false && (isUsable(level) || hasFailures(level, slo));
