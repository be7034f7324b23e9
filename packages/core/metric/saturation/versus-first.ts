import type { Figure } from "../../figure.ts";
import { gainPercent } from "../statistics/derive.ts";

/** The figures of a level that are set against those of the first. */
export interface Compared {
  id: string;
  throughput: Figure;
  mfu: Figure;
  ttftP95: Figure;
}

/** Every later level against the first, in percent. It is null with fewer than two levels. */
export function versusFirst(levels: Compared[]): {
  firstLevelId: string;
  rows: { levelId: string; throughputPercent: Figure; mfuPercent: Figure; ttftP95Percent: Figure }[];
} | null {
  const [first, ...later] = levels;
  if (first === undefined || later.length === 0) return null;
  return {
    firstLevelId: first.id,
    rows: later.map((level) => ({
      levelId: level.id,
      throughputPercent: gainPercent(level.throughput, first.throughput),
      mfuPercent: gainPercent(level.mfu, first.mfu),
      ttftP95Percent: gainPercent(level.ttftP95, first.ttftP95),
    })),
  };
}
