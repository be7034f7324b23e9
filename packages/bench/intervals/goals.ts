import type { Coverage, StudyKey } from "./coverage.ts";

/** What is asked of a figure's intervals: how many of 100 hold, and how wide they are at most, × the oracle's. */
interface Goal {
  name: string;
  covered: number;
  width: number;
}
const MEANS: Goal = { name: "means and rates", covered: 93, width: 1.4 };
const PERCENTILES: Goal = { name: "percentiles of requests", covered: 93, width: 1.7 };
const GAPS: Goal = { name: "percentiles of gaps", covered: 93, width: 2 };
export const GOALS = [MEANS, PERCENTILES, GAPS];

/** More of a figure's values must not be withheld, percent. */
export const MOST_WITHHELD_PERCENT = 2;
/** A figure that so few levels call valid says nothing of valid ones, percent. */
const LEAST_VALID_PERCENT = 5;

function goalOf(key: StudyKey): Goal {
  if (/\.p\d/.test(key)) return key.startsWith("chunkGapMs") ? GAPS : PERCENTILES;
  return MEANS;
}

/** What levels of one system with one window say. */
interface Judged {
  figures: Coverage[];
  levels: number;
}

/** How many of the figures with a goal meet it. */
export interface Met {
  figures: number;
  held: number;
  narrow: number;
}

/** Whether the intervals hold what was asked, as far as so many levels tell: two standard errors are allowed. */
export function metBy({ figures, levels }: Judged, goal: Goal): Met {
  const judged = figures.filter(
    (one) =>
      goalOf(one.key) === goal && one.coveredPercent !== null && one.validPercent >= LEAST_VALID_PERCENT,
  );
  return {
    figures: judged.length,
    held: judged.filter((one) => holds(one, goal, levels)).length,
    narrow: judged.filter(({ width }) => width === null || width <= goal.width * oracleMay(levels)).length,
  };
}

/** A standard deviation of so many values is known to 1 in √2n, and the oracle's width is made of one. */
const oracleMay = (levels: number): number => 1 + 2 / Math.sqrt(2 * levels);

function holds({ coveredPercent, validPercent }: Coverage, { covered }: Goal, levels: number): boolean {
  const share = covered / 100;
  const error = Math.sqrt((share * (1 - share)) / ((levels * validPercent) / 100));
  return (coveredPercent ?? 0) / 100 >= share - 2 * error;
}

/** The figures that more levels withhold than may. */
export const withheldBy = ({ figures }: Pick<Judged, "figures">): StudyKey[] =>
  figures.filter(({ withheldPercent }) => withheldPercent > MOST_WITHHELD_PERCENT).map(({ key }) => key);
