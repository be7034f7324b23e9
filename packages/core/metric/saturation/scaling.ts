import { type Figure, unknown } from "../../figure.ts";
import { exact, difference, gainPercent, scaled } from "../statistics/derive.ts";

/** One level on the curve of throughput against load. */
export interface LoadPoint {
  id: string;
  /** The users that were asked for. */
  users: number;
  /** The load that was achieved: requests in flight. */
  load: number;
  throughput: Figure;
}

export interface MarginalGain {
  fromId: string;
  toId: string;
  gainPercent: Figure;
  tokensPerS: Figure;
  elasticity: Figure;
}

/**
 * What each next higher load brought: percent, tokens/s, and the elasticity (Δy/y) ÷ (Δx/x). Points come in
 * the order of load.
 */
export function marginalGains(points: LoadPoint[]): MarginalGain[] {
  return points.slice(1).flatMap((to, i) => {
    const from = points[i];
    if (from === undefined) return [];
    const gain = gainPercent(to.throughput, from.throughput);
    const grownPercent = 100 * (to.load / from.load - 1);
    return [
      {
        fromId: from.id,
        toId: to.id,
        gainPercent: gain,
        tokensPerS: difference(to.throughput, from.throughput),
        elasticity: grownPercent > 0 ? scaled(gain, 1 / grownPercent) : unknown("not_applicable"),
      },
    ];
  });
}

/**
 * The points between which gains are told: one for each load that was asked, the one with the most requests, and each
 * at least `factor` times the one before. A search runs one load several times, and others that are hardly higher;
 * what chance brings between those is no gain.
 */
export function stepsOf(points: LoadPoint[], factor: number): LoadPoint[] {
  const byUsers = Map.groupBy(points, ({ users }) => users);
  const each = [...byUsers.values()].flatMap(
    (same) => same.toSorted((a, b) => b.throughput.n - a.throughput.n)[0] ?? [],
  );
  const steps: LoadPoint[] = [];
  for (const point of each) {
    const last = steps.at(-1);
    if (last === undefined || point.users >= factor * last.users) steps.push(point);
  }
  return steps;
}

const SMALL_GAIN_PERCENT = 10;
/** If throughput grows by less than a tenth of the load's growth, more load hardly helps. */
export const KNEE_ELASTICITY = 0.1;

/** The first level that gave less than 10 % more than the one before. It is null if every one gave more. */
export const firstBelow10Percent = (gains: MarginalGain[]): string | null =>
  gains.find((gain) => gain.gainPercent.value !== null && gain.gainPercent.value < SMALL_GAIN_PERCENT)
    ?.toId ?? null;

/**
 * The load from which more load hardly helps: the lower end of the first gain with an elasticity below 0.1.
 * It is null if there is none.
 */
export function knee(gains: MarginalGain[], points: LoadPoint[]): Figure {
  if (points.length < 2) return unknown("too_few_levels");
  const flat = gains.find(
    (gain) => gain.elasticity.value !== null && gain.elasticity.value < KNEE_ELASTICITY,
  );
  const from = points.findIndex((point) => point.id === flat?.fromId);
  const [start, end] = [points[from], points[from + 1]];
  if (start === undefined || end === undefined) return unknown("not_identified");
  return { ...exact(start.load, points.length), high: end.load };
}

/** The level with the highest throughput per asked user. */
export function bestPerUser(points: LoadPoint[]): string | null {
  const perUser = (point: LoadPoint): number => (point.throughput.value ?? 0) / point.users;
  return (
    points.reduce<LoadPoint | null>(
      (best, point) => (best === null || perUser(point) > perUser(best) ? point : best),
      null,
    )?.id ?? null
  );
}
