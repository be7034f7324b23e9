import { demandOf } from "../../load.ts";
import { falling } from "../../math/isotonic.ts";
import { toldWithNeighbours } from "../../math/neighbours.ts";
import { distanceToObjective, isBelowObjective, isWithinReach } from "./objective.ts";
import { FARTHEST, type SearchedLevel, type SearchRules } from "./rules.ts";
import { isFailing, sumOf, throughputOf } from "./sums.ts";
import { isOverrun, isSustained } from "./sustained.ts";

/** Where throughput grows by less than this factor, more load is not worth its latency. */
export const GAIN = 1.1;

/**
 * A load beside the boundary is run at most so often again to prove on which side it lies; and the one that an answer
 * needs, where no load is proved to lie below, as often as it takes.
 */
export const CONFIRMATIONS = { boundary: 2, answer: 12 };

/** All levels at one load. */
export interface Tried {
  value: number;
  levels: SearchedLevel[];
  /** Above 0 the load lies below the boundary. It never grows with the load. */
  distance: number;
  /** Whether the requests tell that the load lies below the boundary. It is null where they leave it open. */
  isBelow: boolean | null;
  /** Whether more runs may tell it. */
  canBeTold: boolean;
}

/** How a load is judged: how far it lies from the boundary by all that is known, and whether that is told. */
export interface Judge {
  distance: (levels: SearchedLevel[], all: SearchedLevel[][]) => number;
  /** Of one of all loads. It is null where the boundary needs no proof. */
  isBelow: ((all: SearchedLevel[][], index: number, margin?: number) => boolean | null) | null;
  /** Whether so many runs more may tell it. */
  canBeTold: (levels: SearchedLevel[], runs: number) => boolean;
}

export function judgeOf({ of, slo }: SearchRules): Judge {
  if (slo !== undefined)
    return {
      distance: (levels) => distanceToObjective(slo, levels),
      // More load makes no latency better.
      isBelow: (all, index, margin) =>
        toldWithNeighbours(all, index, (levels) => isBelowObjective(slo, levels, margin))?.told ?? null,
      canBeTold: (levels, runs) => isWithinReach(slo, levels, runs),
    };
  return of === "rate"
    ? {
        distance: (levels) => (isOverrun(levels) ? -1 : 1),
        isBelow: (all, index) => isSustained(all[index] ?? []),
        canBeTold: () => true,
      }
    : { distance: distanceToKnee, isBelow: null, canBeTold: () => false };
}

/** In logarithms of throughput. */
function distanceToKnee(levels: SearchedLevel[], all: SearchedLevel[][]): number {
  const throughput = throughputOf(levels);
  const most = Math.max(...all.map(throughputOf));
  if (isFailing(levels)) return -FARTHEST;
  return throughput === 0 ? 0 : Math.log(most / GAIN / throughput);
}

/** The loads that were tried, in ascending order. */
export function triedLoads({ distance, isBelow, canBeTold }: Judge, ended: SearchedLevel[]): Tried[] {
  const byValue = Map.groupBy(ended, ({ plan: { load } }) => demandOf(load).value);
  const loads = [...byValue].toSorted(([a], [b]) => a - b);
  const all = loads.map(([, levels]) => levels);
  const distances = falling(
    all.map((levels) => ({
      value: distance(levels, all),
      weight: sumOf(levels, ({ ok, failed }) => ok + failed) + 1,
    })),
  );
  return loads.map(([value, levels], index) => ({
    value,
    levels,
    distance: distances[index] ?? 0,
    isBelow: isBelow?.(all, index) ?? null,
    canBeTold: canBeTold(levels, CONFIRMATIONS.boundary + 1 - levels.length),
  }));
}
