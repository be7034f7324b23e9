import type { Tried } from "./judge.ts";
import { headroom } from "./objective.ts";
import type { SearchRules } from "./rules.ts";

/**
 * The boundary is found when the loads around it are so close, in users or as a ratio; and where loads are told, when
 * these lie so close. Where an objective judges each request of some users, it leaves the loads next to its boundary
 * open, and coming closer than a proof tells would be in vain.
 */
const CLOSE = { users: 1, judged: { tried: 1.25, told: 1.35 }, counted: { tried: 1.15, told: 1.25 } };

/** The next load is not nearer to an end of the bracket than this share of it, in logarithms. */
const INNER = { distance: 0.25, crossing: 0.1 };

/** The loads that close in on a boundary of which it is known where it lies are to lie so far beside it, as a ratio. */
const ASIDE = 1.1;

/** Where a load cannot be told, the next one outwards lies so far from it, as a ratio. */
const OUTWARDS = 1.2;

export const closeOf = ({ of, slo }: SearchRules): { tried: number; told: number } =>
  of === "users" && slo !== undefined ? CLOSE.judged : CLOSE.counted;

export const isClose = (rules: SearchRules, low: number, high: number): boolean =>
  (rules.of === "users" && high - low <= CLOSE.users) || high <= closeOf(rules).tried * low;

/**
 * The load where the distance would be 0 if it changed evenly with the logarithm of the load. Where the percentile
 * says where it crosses its bound, it is a step below that, or beyond it where a load lies there already: on the
 * boundary itself nothing could be told.
 */
export function between(rules: SearchRules, low: Tried, high: Tried): number {
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

/** A load a step from one towards another. It is null where the other lies near enough itself. */
export function stepOutwards(rules: SearchRules, from: number, to: number): number | null {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  if (high <= closeOf(rules).told * low || isClose(rules, low, high)) return null;
  const share = Math.min(0.5, Math.log(OUTWARDS) / Math.log(high / low));
  return middleOf(rules, low, high, from === low ? share : 1 - share);
}

/** The load at such a share of the way between two, in logarithms. */
function middleOf({ of }: SearchRules, low: number, high: number, share: number): number {
  const value = low * (high / low) ** share;
  return of === "rate" ? toDigits(value, 3) : Math.min(Math.max(Math.round(value), low + 1), high - 1);
}

/** A number that a person would write, with so many digits. */
export const toDigits = (value: number, digits: number): number => Number(value.toPrecision(digits));
