import { isCountWithin, neededToTell } from "../../math/rank.ts";
import { LATENCIES } from "../../record/latencies.ts";
import { FARTHEST, type SearchedLevel, type Slo } from "./rules.ts";
import { isFailing } from "./sums.ts";

/**
 * Requests count as so much of what they are worth. The report sees single latencies where a search sees buckets, and
 * it could not tell of loads that a search took for told without a margin. The load that an answer rests on has more.
 */
export const MARGIN = { told: 0.95, answer: 0.75 };

/** How many requests each latency of the objective judged. */
function judgedBy(levels: SearchedLevel[]): { good: number; open: number; total: number }[] {
  return LATENCIES.flatMap((latency) => {
    const judged = levels.flatMap(({ counters }) => counters[latency].judged ?? []);
    const sum = (of: "good" | "open" | "total"): number => judged.reduce((all, one) => all + one[of], 0);
    return judged.length === 0 ? [] : [{ good: sum("good"), open: sum("open"), total: sum("total") }];
  });
}

/**
 * In logarithms of odds: how far the share of good requests lies above the one that the objective asks. One request
 * that is as good as asked is counted beside them, so that it is finite, and 0 where nothing was judged.
 */
export function distanceToObjective({ percentile }: Slo, levels: SearchedLevel[]): number {
  if (isFailing(levels)) return -FARTHEST;
  const p = percentile / 100;
  const logOdds = (good: number, total: number): number => Math.log((good + p) / (total - good + 1 - p));
  const nearest = Math.min(
    ...judgedBy(levels).map(({ good, open, total }) => logOdds(good + open / 2, total) - logOdds(0, 0)),
    FARTHEST,
  );
  return Math.max(nearest, -FARTHEST);
}

/** The requests of all steady parts tell it, as far as they are independent. */
export function isBelowObjective(
  { percentile }: Slo,
  levels: SearchedLevel[],
  margin = MARGIN.told,
): boolean | null {
  if (isFailing(levels)) return false;
  const sides = LATENCIES.flatMap((latency) => {
    const judged = levels.flatMap(({ counters }) => counters.steady?.[latency] ?? []);
    const sum = (of: "good" | "open" | "total" | "worth"): number =>
      judged.reduce((all, one) => all + one[of], 0);
    const counts = {
      good: sum("good"),
      open: sum("open"),
      total: sum("total"),
      worth: margin * sum("worth"),
    };
    return judged.length === 0 ? [] : [isCountWithin(counts, percentile / 100)];
  });
  if (sides.includes(false)) return false;
  return sides.length > 0 && sides.every((side) => side === true) ? true : null;
}

/** The percentiles that levels count. */
const COUNTED = new Map<number, "p50" | "p95" | "p99">([
  [50, "p50"],
  [95, "p95"],
  [99, "p99"],
]);

/** How far the percentile lies within its bound in the mean of the levels, in logarithms: the least of all bounds. */
export function headroom(slo: Slo, levels: SearchedLevel[]): number | null {
  const percentile = COUNTED.get(slo.percentile);
  if (percentile === undefined) return null;
  const rooms = LATENCIES.flatMap((latency) => {
    const bound = slo[latency];
    if (bound === undefined) return [];
    const each = levels.flatMap(({ counters }) => {
      const ms = counters[latency][percentile];
      return ms === null || ms === 0 ? [] : [Math.log(bound / ms)];
    });
    return [each.length === 0 ? null : each.reduce((sum, room) => sum + room, 0) / each.length];
  });
  return rooms.reduce(
    (least, room) => (least === null || room === null ? null : Math.min(least, room)),
    Infinity,
  );
}

/** What the steady parts of levels at one load say of a latency. */
interface Known {
  /** The share of requests beyond the bound. */
  beyond: number;
  /** What the requests are worth together, and those of the longest level. */
  worth: number;
  longest: number;
  windowS: number;
}

/** It lacks the latencies of which nothing is known. */
function knownOf(levels: SearchedLevel[]): Known[] {
  return LATENCIES.flatMap((latency): Known[] => {
    const judged = levels.flatMap(({ counters: { steady } }) => {
      const of = steady?.[latency] ?? null;
      return steady === null || of === null ? [] : [{ ...of, windowS: steady.windowS }];
    });
    const sum = (of: "good" | "open" | "total" | "worth" | "windowS"): number =>
      judged.reduce((all, one) => all + one[of], 0);
    if (sum("total") === 0) return [];
    return [
      {
        beyond: 1 - (sum("good") + sum("open") / 2) / sum("total"),
        worth: sum("worth"),
        longest: Math.max(...judged.map(({ worth }) => worth)),
        windowS: sum("windowS"),
      },
    ];
  });
}

/**
 * Whether so many runs more can tell on which side a load lies, by the share of good requests so far and by what those
 * of its longest run are worth. Before it ran again nothing speaks against it.
 */
export function isWithinReach({ percentile }: Slo, levels: SearchedLevel[], runs: number): boolean {
  if (levels.length <= 1) return true;
  return (
    runs > 0 &&
    knownOf(levels).every(
      ({ beyond, worth, longest }) => neededToTell(beyond, percentile / 100) <= worth + longest * runs,
    )
  );
}

/**
 * For how long requests of a load must still come until they likely tell on which side it lies, s: as many as the share
 * so far asks for, worth as much in a second. It is null where nothing is known of the load.
 */
export function untoldS({ percentile }: Slo, levels: SearchedLevel[]): number | null {
  const known = knownOf(levels).filter(({ worth }) => worth > 0);
  if (known.length === 0) return null;
  return Math.max(
    ...known.map(({ beyond, worth, windowS }) => {
      const missing = neededToTell(beyond, percentile / 100) / MARGIN.told - worth;
      return Math.max(0, missing) * (windowS / worth);
    }),
  );
}
