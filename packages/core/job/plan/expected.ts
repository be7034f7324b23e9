import { demandOf } from "../../load.ts";
import type { LevelEnd } from "../level/attempt.ts";
import { isMeasured, type LevelPlan } from "../level/level-plan.ts";

export type EndedLevels = Pick<LevelEnd, "plan" | "counters">[];

export const valueOf = ({ plan }: { plan: LevelPlan }): number => demandOf(plan.load).value;

/**
 * The latency at a load: between the loads beside it, or beyond the last one as it grew up to there, evenly in
 * logarithms; and the least and the most that it may be, because it never falls and grows at most with the load. The
 * warm-up counts where nothing else is known.
 */
export function expectedE2e(
  value: number,
  ended: EndedLevels,
): { leastS: number; e2eS: number; mostS: number } {
  const known = ended.flatMap((level) => {
    const { medianE2eMs } = level.counters;
    return medianE2eMs === null
      ? []
      : [{ isWarmup: !isMeasured(level), value: valueOf(level), e2eS: medianE2eMs / 1000 }];
  });
  const tried = known.filter(({ isWarmup }) => !isWarmup).toSorted((a, b) => a.value - b.value);
  const first = tried[0] ?? known[0];
  if (first === undefined) return { leastS: 0, e2eS: 0, mostS: 0 };
  const below = tried.findLast((load) => load.value <= value) ?? first;
  const beyond = tried.find((load) => load.value > value);
  const before = tried.findLast((load) => load.value < below.value);
  const [from, to] = beyond === undefined ? [before ?? below, below] : [below, beyond];
  const slope = from.value === to.value ? 0 : Math.log(to.e2eS / from.e2eS) / Math.log(to.value / from.value);
  const grown = Math.max(1, value / below.value);
  const e2eS = below.e2eS * grown ** Math.min(Math.max(slope, 0), 1);
  return { leastS: below.e2eS, e2eS, mostS: tried.length === 0 ? below.e2eS : below.e2eS * grown };
}
