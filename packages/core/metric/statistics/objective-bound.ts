import { positionOf, tellingRanks } from "../../math/rank.ts";

/**
 * On which side of a bound a percentile lies, by order statistics: true below or at it, false above, null where
 * the values leave it open. An objective has one side, so each answer is right with 95 % confidence by itself:
 * - below: the smallest rank r with P(Bin(nEff, p) ≥ r) ≤ 0.05 has a value within the bound. That needs pⁿ ≤ 0.05,
 *   which 59 values within the bound give for a P95.
 * - above: the largest rank r with P(Bin(nEff, p) ≥ r) ≥ 0.95 has a value beyond it.
 * The values come in ascending order and are worth `nEff` independent ones, so ranks are mapped as fractions. One
 * between two values takes the value that claims less.
 */
export function isWithin(sorted: Float64Array, p: number, nEff: number, bound: number): boolean | null {
  const n = Math.floor(nEff);
  const { upper, lower } = tellingRanks(n, p);
  const above = upper > n ? undefined : sorted[Math.ceil(positionOf(upper, nEff, sorted.length))];
  if (above !== undefined && above <= bound) return true;
  const below = lower < 1 ? undefined : sorted[Math.floor(positionOf(lower, nEff, sorted.length))];
  return below !== undefined && below > bound ? false : null;
}
