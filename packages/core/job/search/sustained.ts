import { demandOf } from "../../load.ts";
import { edgeNoise, SUSTAINED } from "../../load/sustained.ts";
import type { SearchedLevel } from "./rules.ts";
import { isFailing } from "./sums.ts";

/** What chance takes at the edges of a window may be such a share of its requests, or nothing is told. */
const NOISE_MAX = 0.05;

/** What was offered in the steady parts of levels at one rate, what completed, and what chance may have taken. */
function offeredOf(levels: SearchedLevel[]): { due: number; done: number; noise: number } {
  const parts = levels.flatMap(({ plan: { load }, counters: { steady, medianE2eMs } }) => {
    const demand = demandOf(load);
    if (steady === null || !demand.isOpenLoop) return [];
    const noise = edgeNoise(demand, {
      windowS: steady.windowS,
      e2eS: (medianE2eMs ?? 0) / 1000,
      windows: 1,
    });
    return [{ due: steady.due, done: steady.done, noise }];
  });
  const sum = (of: "due" | "done"): number => parts.reduce((total, part) => total + part[of], 0);
  return { due: sum("due"), done: sum("done"), noise: Math.hypot(...parts.map(({ noise }) => noise)) };
}

/** Whether less completes than is offered, as a report judges it. */
export function isOverrun(levels: SearchedLevel[]): boolean {
  const { due, done, noise } = offeredOf(levels);
  return isFailing(levels) || done + noise < SUSTAINED * due;
}

export function isSustained(levels: SearchedLevel[]): boolean | null {
  const { due, noise } = offeredOf(levels);
  if (isOverrun(levels)) return false;
  return due > 0 && noise <= NOISE_MAX * due ? true : null;
}
