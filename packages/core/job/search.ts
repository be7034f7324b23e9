import { demandOf } from "../load.ts";
import { edgeNoise, SUSTAINED } from "../load/sustained.ts";
import { falling } from "../math/isotonic.ts";
import { toldWithNeighbours } from "../math/neighbours.ts";
import { isCountWithin, neededToTell } from "../math/rank.ts";
import { LATENCIES } from "../record/latencies.ts";
import type { LevelEnd } from "./attempt.ts";
import type { JobSpec, Search } from "./spec.ts";

/** What a search knows of a level that has ended. */
export type SearchedLevel = Pick<LevelEnd, "plan" | "counters">;

/**
 * What a search runs next, by the value of its load: one that the job names, for its figures; or it raises the load,
 * closes in on the boundary, or proves on which side of it a load lies.
 */
export interface SearchStep {
  value: number;
  act: "include" | "raise" | "close_in" | "prove";
}

/** What is looked for, where it begins and what it may try at most, in users or requests per second. */
export interface SearchRules {
  of: Search["of"];
  slo: JobSpec["slo"];
  first: number;
  max: number;
  /** Loads that run before anything else, long enough for figures of their own. */
  include: number[];
}

type Slo = NonNullable<JobSpec["slo"]>;

/** Where throughput grows by less than this factor, more load is not worth its latency. */
const GAIN = 1.1;
/** A load at which more than this share of the requests failed lies beyond the boundary. */
const FAILED_MOST = 0.05;
/** No load is taken to lie further from the boundary: what misses altogether says no more of where it lies. */
const FARTHEST = 3;
/**
 * The load is raised by the first factor where the boundary is far: the P95 lies within such a share of its bound, or
 * throughput still grows so evenly with the load. Elsewhere it is raised by the second.
 */
const RAISE = { far: 4, near: 2, within: 0.5, even: 0.9 };
/**
 * The boundary is found when the loads around it are so close, in users or as a ratio; and where loads are told, when
 * these lie so close. Where an objective judges each request of some users, it leaves the loads next to its boundary
 * open, and coming closer than a proof tells would be in vain.
 */
const CLOSE = { users: 1, judged: { tried: 1.25, told: 1.35 }, counted: { tried: 1.15, told: 1.25 } };
/**
 * A load beside the boundary is run at most so often again to prove on which side it lies; and the one that an answer
 * needs, where no load is proved to lie below, as often as it takes.
 */
const CONFIRMATIONS = { boundary: 2, answer: 12 };
/** The next load is not nearer to an end of the bracket than this share of it, in logarithms. */
const INNER = { distance: 0.25, crossing: 0.1 };
/** The loads that close in on a boundary of which it is known where it lies are to lie so far beside it, as a ratio. */
const ASIDE = 1.1;
/** A first rate that lies beyond the boundary is halved so often. A number of users begins with one. */
const HALVINGS = 3;
/** Where a load cannot be told, the next one outwards lies so far from it, as a ratio. */
const OUTWARDS = 1.2;
/**
 * Requests count as so much of what they are worth. The report sees single latencies where a search sees buckets, and
 * it could not tell of loads that a search took for told without a margin. The load that an answer rests on has more.
 */
const MARGIN = { told: 0.95, answer: 0.75 };
/** What chance takes at the edges of a window may be such a share of its requests, or nothing is told. */
const NOISE_MAX = 0.05;

/** All levels at one load. */
interface Tried {
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
interface Judge {
  distance: (levels: SearchedLevel[], all: SearchedLevel[][]) => number;
  /** Of one of all loads. It is null where the boundary needs no proof. */
  isBelow: ((all: SearchedLevel[][], index: number, margin?: number) => boolean | null) | null;
  /** Whether so many runs more may tell it. */
  canBeTold: (levels: SearchedLevel[], runs: number) => boolean;
}

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

function judgeOf({ of, slo }: SearchRules): Judge {
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

const closeOf = ({ of, slo }: SearchRules): { tried: number; told: number } =>
  of === "users" && slo !== undefined ? CLOSE.judged : CLOSE.counted;

const isClose = (rules: SearchRules, low: number, high: number): boolean =>
  (rules.of === "users" && high - low <= CLOSE.users) || high <= closeOf(rules).tried * low;

function isToldClosely(rules: SearchRules, tried: Tried[]): boolean {
  const below = tried.findLast(({ isBelow }) => isBelow === true);
  const beyond = tried.find(({ isBelow }) => isBelow === false);
  if (below === undefined || beyond === undefined) return false;
  return rules.slo !== undefined && beyond.value <= closeOf(rules).told * below.value;
}

/**
 * The load where the distance would be 0 if it changed evenly with the logarithm of the load. Where the percentile
 * says where it crosses its bound, it is a step below that, or beyond it where a load lies there already: on the
 * boundary itself nothing could be told.
 */
function between(rules: SearchRules, low: Tried, high: Tried): number {
  const zero = crossing(rules, low, high);
  const shareOf = (share: number, inner: number): number =>
    middleOf(rules, low.value, high.value, Math.min(Math.max(share, inner), 1 - inner));
  if (zero === null) return shareOf(low.distance / (low.distance - high.distance), INNER.distance);
  const aside = Math.log(ASIDE) / Math.log(high.value / low.value);
  return shareOf(zero > 1.5 * aside ? zero - aside : zero + aside, INNER.crossing);
}

/**
 * Where between two loads, as a share of the way in logarithms, the percentile crosses its bound if its logarithm
 * changes evenly. It is null where the two do not lie around the bound, or the percentile is not counted.
 */
function crossing({ slo }: SearchRules, low: Tried, high: Tried): number | null {
  if (slo === undefined) return null;
  const [below, beyond] = [headroom(slo, low.levels), headroom(slo, high.levels)];
  return below === null || beyond === null || below <= 0 || beyond >= 0 ? null : below / (below - beyond);
}

/** The percentiles that levels count. */
const COUNTED = new Map<number, "p50" | "p95" | "p99">([
  [50, "p50"],
  [95, "p95"],
  [99, "p99"],
]);

/** How far the percentile lies within its bound in the mean of the levels, in logarithms: the least of all bounds. */
function headroom(slo: Slo, levels: SearchedLevel[]): number | null {
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

/** The load at such a share of the way between two, in logarithms. */
function middleOf({ of }: SearchRules, low: number, high: number, share: number): number {
  const value = low * (high / low) ** share;
  return of === "rate" ? toDigits(value, 3) : Math.min(Math.max(Math.round(value), low + 1), high - 1);
}

/** A number that a person would write, with so many digits. */
export const toDigits = (value: number, digits: number): number => Number(value.toPrecision(digits));

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

/** A load a step from one towards another. It is null where the other lies near enough itself. */
function stepOutwards(rules: SearchRules, from: number, to: number): number | null {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  if (high <= closeOf(rules).told * low || isClose(rules, low, high)) return null;
  const share = Math.min(0.5, Math.log(OUTWARDS) / Math.log(high / low));
  return middleOf(rules, low, high, from === low ? share : 1 - share);
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

/** The loads that were tried, in ascending order. */
function triedLoads({ distance, isBelow, canBeTold }: Judge, ended: SearchedLevel[]): Tried[] {
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

const sumOf = (levels: SearchedLevel[], of: (counters: SearchedLevel["counters"]) => number): number =>
  levels.reduce((sum, { counters }) => sum + of(counters), 0);

const throughputOf = (levels: SearchedLevel[]): number =>
  sumOf(levels, ({ outputTokensPerS }) => outputTokensPerS ?? 0) / levels.length;

/** Whether requests fail, or a queue only grew. */
const isFailing = (levels: SearchedLevel[]): boolean =>
  levels.some(({ counters }) => counters.isSaturated) ||
  sumOf(levels, ({ failed }) => failed) > FAILED_MOST * sumOf(levels, ({ ok, failed }) => ok + failed);

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
function isOverrun(levels: SearchedLevel[]): boolean {
  const { due, done, noise } = offeredOf(levels);
  return isFailing(levels) || done + noise < SUSTAINED * due;
}

function isSustained(levels: SearchedLevel[]): boolean | null {
  const { due, noise } = offeredOf(levels);
  if (isOverrun(levels)) return false;
  return due > 0 && noise <= NOISE_MAX * due ? true : null;
}

/** In logarithms of throughput. */
function distanceToKnee(levels: SearchedLevel[], all: SearchedLevel[][]): number {
  const throughput = throughputOf(levels);
  const most = Math.max(...all.map(throughputOf));
  if (isFailing(levels)) return -FARTHEST;
  return throughput === 0 ? 0 : Math.log(most / GAIN / throughput);
}

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
function distanceToObjective({ percentile }: Slo, levels: SearchedLevel[]): number {
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
function isWithinReach({ percentile }: Slo, levels: SearchedLevel[], runs: number): boolean {
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
