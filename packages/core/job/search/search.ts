import { LATENCIES } from "../../record/latencies.ts";
import { CONFIRMATIONS, GAIN, judgeOf, type Tried, triedLoads } from "./judge.ts";
import { MARGIN } from "./objective.ts";
import { between, closeOf, isClose, stepOutwards } from "./place.ts";
import type { SearchedLevel, SearchRules, SearchStep, Slo } from "./rules.ts";
import { isFailing, throughputOf } from "./sums.ts";

/**
 * The load is raised by the first factor where the boundary is far: the P95 lies within such a share of its bound, or
 * throughput still grows so evenly with the load. Elsewhere it is raised by the second.
 */
const RAISE = { far: 4, near: 2, within: 0.5, even: 0.9 };

/** A first rate that lies beyond the boundary is halved so often. A number of users begins with one. */
const HALVINGS = 3;

/**
 * What to run next to find the largest load that meets the objective. Without one, of users it is the smallest number
 * at which no more than 10 % of the throughput is missing, and of rates the highest that is sustained. It is null when
 * the search is over.
 * 0. Each load that is to be among the levels runs first.
 * 1. The load is quadrupled or doubled until it lies beyond the boundary, up to `max`. A first rate beyond it is halved.
 * 2. Loads between the two around the boundary close in on it, by interpolation in logarithms.
 * 3. The two are run again, in parts, until their requests tell on which side they lie: each part may be the last.
 *    Where they cannot, the next load outwards is asked. A boundary of throughput needs no such proof.
 * It is over as soon as two loads that are told lie close enough.
 */
export function searchStep(rules: SearchRules, ended: SearchedLevel[]): SearchStep | null {
  const judge = judgeOf(rules);
  const tried = triedLoads(judge, ended);
  const included = rules.include.find((value) => !tried.some((load) => load.value === value));
  if (included !== undefined) return { value: included, act: "include" };
  const [lowest, highest] = [tried[0], tried.at(-1)];
  if (lowest === undefined || highest === undefined) return { value: rules.first, act: "raise" };
  if (highest.value < rules.max && isWorthRaising(rules, tried))
    return { value: Math.min(raiseOf(rules, tried) * highest.value, rules.max), act: "raise" };
  if (rules.of === "rate" && lowest.distance <= 0 && lowest.value > rules.first / 2 ** HALVINGS)
    return { value: lowest.value / 2, act: "raise" };
  if (isToldClosely(rules, tried)) return null;
  const beyond = tried.findIndex(({ distance }) => distance <= 0);
  const [low, high] = [tried[beyond - 1], tried[beyond]];
  if (low !== undefined && high !== undefined && !isClose(rules, low.value, high.value))
    return { value: between(rules, low, high), act: "close_in" };
  return judge.isBelow === null ? null : confirmation(rules, tried);
}

/**
 * The load to prove that an answer needs, while there is time: the highest that seems to lie below the boundary and can
 * be told. It is null where one is told to, or none seems to, or where no proof is needed.
 */
export function proofStep(rules: SearchRules, ended: SearchedLevel[]): SearchStep | null {
  const { isBelow, ...judge } = judgeOf(rules);
  if (isBelow === null) return null;
  const tried = triedLoads({ isBelow, ...judge }, ended);
  const all = tried.map(({ levels }) => levels);
  const below = tried.filter(({ distance }) => distance > 0);
  if (below.some((_, index) => isBelow(all, index, MARGIN.answer) === true)) return null;
  const best = below.findLast(({ levels }) =>
    judge.canBeTold(levels, CONFIRMATIONS.answer + 1 - levels.length),
  );
  return best === undefined ? null : { value: best.value, act: "prove" };
}

function isWorthRaising({ of, slo }: SearchRules, tried: Tried[]): boolean {
  const [before, highest] = [tried.at(-2), tried.at(-1)];
  if (highest === undefined || isFailing(highest.levels)) return false;
  if (slo !== undefined || of === "rate") return highest.distance > 0;
  return before === undefined || throughputOf(highest.levels) >= GAIN * throughputOf(before.levels);
}

/** By what the load is raised: less where the boundary may be near. */
function raiseOf({ slo }: SearchRules, tried: Tried[]): number {
  const [before, highest] = [tried.at(-2), tried.at(-1)];
  if (highest === undefined) return RAISE.near;
  const isFar =
    slo !== undefined
      ? highest.levels.every(({ counters }) => isFarWithin(slo, counters))
      : before !== undefined &&
        throughputOf(highest.levels) / throughputOf(before.levels) >
          RAISE.even * (highest.value / before.value);
  return isFar ? RAISE.far : RAISE.near;
}

/** Whether the P95 of each latency lies far within its bound. */
const isFarWithin = (slo: Slo, counters: SearchedLevel["counters"]): boolean =>
  LATENCIES.every((latency) => {
    const bound = slo[latency];
    const { p95 } = counters[latency];
    return bound === undefined || (p95 !== null && p95 <= RAISE.within * bound);
  });

function isToldClosely(rules: SearchRules, tried: Tried[]): boolean {
  const below = tried.findLast(({ isBelow }) => isBelow === true);
  const beyond = tried.find(({ isBelow }) => isBelow === false);
  if (below === undefined || beyond === undefined) return false;
  return rules.slo !== undefined && beyond.value <= closeOf(rules).told * below.value;
}

/** A load beside the boundary to run again. The two sides take turns. */
function confirmation(rules: SearchRules, tried: Tried[]): SearchStep | null {
  const below = tried.filter(({ distance }) => distance > 0).toReversed();
  const beyond = tried.filter(({ distance }) => distance <= 0);
  const open = [untold(rules, below, true), untold(rules, beyond, false)].filter((load) => load !== null);
  const [next] = open.toSorted((a, b) => a.runs - b.runs);
  return next === undefined ? null : { value: next.value, act: "prove" };
}

/**
 * The load nearest to the boundary that may still be told, up to the first that lies where it should. Outwards of one
 * that cannot be told lies the next a step away, and where the first that is told lies no further that is enough.
 */
function untold(
  rules: SearchRules,
  outwards: Tried[],
  isBelow: boolean,
): { value: number; runs: number } | null {
  for (const [index, load] of outwards.entries()) {
    const nearer = outwards[index - 1];
    const between = nearer === undefined ? null : stepOutwards(rules, nearer.value, load.value);
    if (between !== null) return { value: between, runs: 0 };
    if (load.isBelow === isBelow) return null;
    if (load.levels.length <= CONFIRMATIONS.boundary && load.canBeTold)
      return { value: load.value, runs: load.levels.length };
  }
  return null;
}
