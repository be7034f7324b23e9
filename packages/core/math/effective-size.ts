import { FOR_SHARES, halfWidthOfSum } from "./batches.ts";
import { NORMAL } from "./distribution.ts";

/**
 * How many independent values would know a share as well: share × (1 − share) ÷ its variance, by batch means over
 * slices in time. It is at most their number, and their number where all or none are counted in. `counted` and `all`
 * are those of each slice.
 */
export function effectiveSizeOfShare(counted: ArrayLike<number>, all: ArrayLike<number>): number {
  const total = sumOf(all);
  const share = total === 0 ? 0 : sumOf(counted) / total;
  const variance = share * (1 - share);
  if (variance === 0) return total;
  const residuals = Array.from(counted, (count, i) => count - share * (all[i] ?? 0));
  const half = halfWidthOfSum(residuals, FOR_SHARES) / total;
  return half === 0 ? total : Math.min(total, variance * (NORMAL / half) ** 2);
}

const sumOf = (counts: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] ?? 0;
  return sum;
};
