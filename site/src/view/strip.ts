import type { Change } from "@brimline/core/codes";
import type { ComparedFigure } from "@brimline/core/compare/schema";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { named } from "@brimline/core/report/names";

/** The strips of one table, which share a scale: better is to the right, whatever the figure. */
export interface Strips {
  /** How far the scale reaches on either side, percent (or points). */
  reach: number;
  /** Where the margin ends on either side, from 0 (worst) to 100 (best). */
  margin: { from: number; to: number };
}

/** A change and its interval on the scale, from 0 (worst) to 100 (best). */
export interface Strip {
  from: number;
  to: number;
  at: number;
  /** An end that lies beyond the scale, or is not bounded, has an arrow. */
  isCutLeft: boolean;
  isCutRight: boolean;
}

/** A scale shows the margin well, but no more than this many margins unless a change itself is larger. */
const MARGINS_LEAST = 2;
const MARGINS_MOST = 8;

/** The scale of these figures. It has the whole margin, every change, and intervals as far as they leave it readable. */
export function stripsOf(figures: ComparedFigure[], marginPercent: number): Strips {
  const changes = figures.flatMap(({ change }) => (change === null ? [] : [change]));
  const farthest = Math.max(0, ...changes.map(({ value }) => Math.abs(value)));
  const ends = changes.flatMap(({ low, high }) => [Math.abs(low ?? 0), Math.abs(high ?? 0)]);
  const most = Math.max(MARGINS_MOST * marginPercent, 1.25 * farthest);
  const reach = roundUp(Math.max(MARGINS_LEAST * marginPercent, Math.min(1.05 * Math.max(0, ...ends), most)));
  return { reach, margin: { from: placed(-marginPercent, reach), to: placed(marginPercent, reach) } };
}

/** To halves of the first digit: 6.33 to 6.5, 12.6 to 15. */
function roundUp(reach: number): number {
  const step = 10 ** Math.floor(Math.log10(reach)) / 2;
  return Number((step * Math.ceil(reach / step)).toPrecision(3));
}

/** From −reach … reach to 0 … 100. */
const placed = (change: number, reach: number): number =>
  Math.round(10 * (50 + (50 * Math.min(Math.max(change, -reach), reach)) / reach)) / 10;

/** It is null where the change is not known. */
export function stripOf(
  { figure, change }: Pick<ComparedFigure, "figure" | "change">,
  { reach }: Strips,
): Strip | null {
  if (change === null) return null;
  const isTurned = named(figure as FigureKey).better === "lower";
  const low = (isTurned ? negative(change.high) : change.low) ?? -Infinity;
  const high = (isTurned ? negative(change.low) : change.high) ?? Infinity;
  return {
    from: placed(low, reach),
    to: placed(high, reach),
    at: placed(isTurned ? -change.value : change.value, reach),
    isCutLeft: low < -reach,
    isCutRight: high > reach,
  };
}

const negative = (value: number | null): number | null => (value === null ? null : -value);

export const HUES: Record<Change, string> = {
  better: "good",
  worse: "red",
  same: "blue",
  inconclusive: "subtle",
};
