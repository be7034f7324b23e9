import { falling } from "../math/isotonic.ts";
import { isCountWithin } from "../math/rank.ts";
import { LATENCIES } from "../record/latencies.ts";
import type { LevelEnd } from "./attempt.ts";
import type { JobSpec } from "./spec.ts";

/** What a search knows of a level that has ended. */
export type SearchedLevel = Pick<LevelEnd, "plan" | "counters">;

/** What a search runs next. The first level at a load is short: it has to show on which side of the boundary that load lies. */
export interface SearchStep {
  users: number;
  isShort: boolean;
}

type Slo = JobSpec["slo"];

/** Where throughput grows by less than this factor, more load is not worth its latency. */
const GAIN = 1.1;
/** A load at which more than this share of the requests failed lies beyond the boundary, and so far. */
const FAILED = { most: 0.05, distance: -3 };
/** The boundary is found when the loads around it are so close, in users or as a ratio. */
const CLOSE = { users: 1, ratio: 1.1 };
/** A load beside the boundary is run at most so often at full length to tell on which side it lies. */
const CONFIRMATIONS = 3;
/** The next load is not nearer to an end of the bracket than this share of it, in logarithms. */
const INNER = 0.25;

/** All levels at one load. */
interface Tried {
  users: number;
  levels: SearchedLevel[];
  /** Above 0 the load lies below the boundary. It never grows with the load. */
  distance: number;
  /** Whether the requests tell that the load lies below the boundary. It is null where they leave it open. */
  isBelow: boolean | null;
}

/**
 * What to run next to find the largest load that meets the objective, or, without one, the smallest load at which no
 * more than 10 % of the throughput is missing. It is null when the search is over.
 * 1. The load doubles until it lies beyond the boundary, up to `max`.
 * 2. Loads between the two around the boundary close in on it, by interpolation in logarithms.
 * 3. The two are run at full length until their requests tell on which side they lie. Where they do not, the next
 *    load outwards is asked. A boundary of throughput needs no such proof.
 */
export function searchStep(slo: Slo, max: number, ended: SearchedLevel[]): SearchStep | null {
  const tried = triedLoads(slo, ended);
  const highest = tried.at(-1);
  if (highest === undefined) return { users: 1, isShort: true };
  if (highest.users < max && isWorthDoubling(slo, tried))
    return { users: Math.min(2 * highest.users, max), isShort: true };
  const beyond = tried.findIndex(({ distance }) => distance <= 0);
  const [low, high] = [tried[beyond - 1], tried[beyond]];
  if (low !== undefined && high !== undefined && !isClose(low.users, high.users))
    return { users: between(low, high), isShort: true };
  return slo === undefined ? null : confirmation(tried);
}

function isWorthDoubling(slo: Slo, tried: Tried[]): boolean {
  const [before, highest] = [tried.at(-2), tried.at(-1)];
  if (highest === undefined || isFailing(highest.levels)) return false;
  if (slo !== undefined) return highest.distance > 0;
  return before === undefined || throughputOf(highest.levels) >= GAIN * throughputOf(before.levels);
}

const isClose = (low: number, high: number): boolean =>
  high - low <= CLOSE.users || high <= CLOSE.ratio * low;

/** The load at which the distance would be 0 if it changed evenly with the logarithm of the load. */
function between(low: Tried, high: Tried): number {
  const zero = low.distance / (low.distance - high.distance);
  const share = Math.min(Math.max(zero, INNER), 1 - INNER);
  const users = Math.round(low.users * (high.users / low.users) ** share);
  return Math.min(Math.max(users, low.users + 1), high.users - 1);
}

/** A load beside the boundary that is run again. The two sides take turns. */
function confirmation(tried: Tried[]): SearchStep | null {
  const below = tried.filter(({ distance }) => distance > 0).toReversed();
  const beyond = tried.filter(({ distance }) => distance <= 0);
  const open = [untold(below, true), untold(beyond, false)].filter((load) => load !== null);
  const [next] = open.toSorted((a, b) => a.levels.length - b.levels.length);
  return next === undefined ? null : { users: next.users, isShort: false };
}

/** The load nearest to the boundary that may be run once more, up to the first that lies where it should. */
function untold(outwards: Tried[], isBelow: boolean): Tried | null {
  const told = outwards.findIndex((load) => load.isBelow === isBelow);
  const nearer = told === -1 ? outwards : outwards.slice(0, told);
  return nearer.find(({ levels }) => levels.length <= CONFIRMATIONS) ?? null;
}

/** The loads that were tried, in ascending order. */
function triedLoads(slo: Slo, ended: SearchedLevel[]): Tried[] {
  const byUsers = Map.groupBy(ended, ({ plan: { load } }) => (load.kind === "concurrency" ? load.users : 0));
  const loads = [...byUsers].toSorted(([a], [b]) => a - b);
  const most = Math.max(...loads.map(([, levels]) => throughputOf(levels)));
  const distances = falling(
    loads.map(([, levels]) => ({
      value: slo === undefined ? distanceToKnee(levels, most) : distanceToObjective(slo, levels),
      weight: sumOf(levels, ({ ok, failed }) => ok + failed) + 1,
    })),
  );
  return loads.map(([users, levels], index) => ({
    users,
    levels,
    distance: distances[index] ?? 0,
    isBelow: slo === undefined ? null : isBelowObjective(slo, levels),
  }));
}

const sumOf = (levels: SearchedLevel[], of: (counters: SearchedLevel["counters"]) => number): number =>
  levels.reduce((sum, { counters }) => sum + of(counters), 0);

const throughputOf = (levels: SearchedLevel[]): number =>
  sumOf(levels, ({ outputTokensPerS }) => outputTokensPerS ?? 0) / levels.length;

const isFailing = (levels: SearchedLevel[]): boolean =>
  sumOf(levels, ({ failed }) => failed) > FAILED.most * sumOf(levels, ({ ok, failed }) => ok + failed);

/** In logarithms of throughput. */
function distanceToKnee(levels: SearchedLevel[], most: number): number {
  const throughput = throughputOf(levels);
  if (isFailing(levels)) return FAILED.distance;
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
function distanceToObjective({ percentile }: NonNullable<Slo>, levels: SearchedLevel[]): number {
  if (isFailing(levels)) return FAILED.distance;
  const p = percentile / 100;
  const logOdds = (good: number, total: number): number => Math.log((good + p) / (total - good + 1 - p));
  return Math.min(
    ...judgedBy(levels).map(({ good, open, total }) => logOdds(good + open / 2, total) - logOdds(0, 0)),
    -FAILED.distance,
  );
}

/** The requests of all steady parts tell it, as far as they are independent. */
function isBelowObjective({ percentile }: NonNullable<Slo>, levels: SearchedLevel[]): boolean | null {
  if (isFailing(levels)) return false;
  const sides = LATENCIES.flatMap((latency) => {
    const judged = levels.flatMap(({ counters }) => counters.steady?.[latency] ?? []);
    const sum = (of: "good" | "open" | "total" | "worth"): number =>
      judged.reduce((all, one) => all + one[of], 0);
    const counts = { good: sum("good"), open: sum("open"), total: sum("total"), worth: sum("worth") };
    return judged.length === 0 ? [] : [isCountWithin(counts, percentile / 100)];
  });
  if (sides.includes(false)) return false;
  return sides.length > 0 && sides.every((side) => side === true) ? true : null;
}
