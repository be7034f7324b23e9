import type { Level } from "@brimline/core/report/schema";
import { figureAt } from "@brimline/core/report/pick";
import { named } from "@brimline/core/report/names";
import type { FigureKey } from "@brimline/core/report/catalogue";

/**
 * What a common rule says of the same levels: three runs of each side, and worse where the runs of both vary by at
 * most 5 % (their coefficient of variation) and a mean is worse by the margin or more. inference-doctor's gate of
 * repeated runs does so, with a margin of 10 % where nobody says another
 * (https://github.com/dundysm/inference-doctor, `inference_doctor/quality.py`).
 */
export const RUNS_OF_SIDE = 3;
const STEADY_PERCENT = 5;

export type CvVerdict = "worse" | "same" | "inconclusive";

export function cvVerdict(
  before: Level[],
  after: Level[],
  { figure, marginPercent }: { figure: FigureKey; marginPercent: number },
): CvVerdict {
  const [a, b] = [before, after].map((levels) => summary(levels, figure));
  if (a === undefined || b === undefined || Math.max(a.cvPercent, b.cvPercent) > STEADY_PERCENT)
    return "inconclusive";
  const change = 100 * (b.mean / a.mean - 1);
  const worse = named(figure).better === "higher" ? -change : change;
  return worse >= marginPercent ? "worse" : "same";
}

function summary(levels: Level[], figure: FigureKey): { mean: number; cvPercent: number } {
  const values = levels.map((level) => figureAt(level, figure).value ?? Number.NaN);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const cvPercent = (100 * Math.sqrt(squares / (values.length - 1))) / mean;
  // A figure that is withheld says nothing.
  return { mean, cvPercent: Number.isNaN(cvPercent) ? Infinity : cvPercent };
}
