/** A place in a series from which on its values are others. */
export interface Changepoint {
  /** The index of the first value after it. */
  at: number;
  /** The share of permutations that would split the series as clearly: how likely chance did it. */
  chance: number;
}

export interface Splitting {
  /** The chance above which nothing is split. */
  alpha: number;
  /** The fewest values on either side of a changepoint, at least 2. */
  least: number;
  /** Uniform numbers in [0, 1): the same sequence gives the same answer. */
  random: () => number;
}

/** A chance of `alpha` itself rests on so many permutations that split as clearly. */
const COUNTED = 5;

/**
 * The changepoints of a series, in its order, by E-divisive (Matteson and James, A Nonparametric Approach for Multiple
 * Change Point Analysis of Multivariate Data, Journal of the American Statistical Association 109, 2014), as continuous
 * benchmarks use it (Daly et al., The Use of Change Point Detection to Identify Software Performance Regressions in a
 * Continuous Integration System, ICPE 2020). The energy distance of two stretches X and Y of m and n values,
 * 2·mean|x − y| − mean|x − x′| − mean|y − y′|, is 0 where both are of one distribution. The series is split where
 * m·n ÷ (m + n) times it is largest, then the parts are, until values in random order within each part split as clearly
 * in more than `alpha` of the permutations. The order of the values alone decides, not how they are distributed.
 */
export function changepoints(values: number[], splitting: Splitting): Changepoint[] {
  const found: Changepoint[] = [];
  for (;;) {
    const ends = [0, ...found.map(({ at }) => at), values.length];
    const parts = ends.slice(1).map((end, i) => values.slice(ends[i], end));
    const splits = parts.map((part) => bestSplit(part, splitting.least));
    const most = Math.max(...splits.map(({ distance }) => distance));
    const which = splits.findIndex(({ distance }) => distance === most);
    const split = splits[which];
    const chance = split === undefined ? 1 : chanceOf(most, parts, splitting);
    if (split === undefined || chance > splitting.alpha) return found;
    found.push({ at: (ends[which] ?? 0) + split.at, chance });
    found.sort((a, b) => a.at - b.at);
  }
}

interface Split {
  at: number;
  distance: number;
}

const NONE: Split = { at: 0, distance: 0 };

/** Where a part is split best. The second stretch may end before the part does, so that a change back does not hide it. */
function bestSplit(values: number[], least: number): Split {
  const size = values.length + 1;
  if (values.length < 2 * least) return NONE;
  // sums[i · size + j] adds |x − y| of the first i values and the first j.
  const sums = new Float64Array(size * size);
  for (let i = 1; i < size; i++) {
    const x = values[i - 1] ?? 0;
    let row = 0;
    for (let j = 1; j < size; j++) {
      row += Math.abs(x - (values[j - 1] ?? 0));
      sums[i * size + j] = (sums[(i - 1) * size + j] ?? 0) + row;
    }
  }
  let best = NONE;
  for (let at = least; at <= values.length - least; at++) {
    const withinX = sums[at * size + at] ?? 0;
    for (let end = at + least; end <= values.length; end++) {
      const [m, n] = [at, end - at];
      const both = sums[at * size + end] ?? 0;
      const withinY = (sums[end * size + end] ?? 0) - 2 * both + withinX;
      const energy = (2 * (both - withinX)) / (m * n) - withinX / (m * (m - 1)) - withinY / (n * (n - 1));
      const distance = ((m * n) / (m + n)) * energy;
      if (distance > best.distance) best = { at, distance };
    }
  }
  return best;
}

/**
 * The share of permutations whose best split is at least as clear. The series itself is one of them, so it is never 0. It
 * ends early where the share is above alpha for sure (Besag and Clifford, Sequential Monte Carlo p-values, Biometrika
 * 78, 1991).
 */
function chanceOf(distance: number, parts: number[][], { alpha, least, random }: Splitting): number {
  if (distance <= 0) return 1;
  const permutations = Math.ceil(COUNTED / alpha);
  let asClear = 1;
  for (let i = 1; i < permutations; i++) {
    const most = Math.max(...parts.map((part) => bestSplit(shuffled(part, random), least).distance));
    // Sums in another order differ in their last digits.
    if (most >= distance * (1 - 1e-9)) asClear++;
    if (asClear > alpha * permutations) return asClear / (i + 1);
  }
  return asClear / permutations;
}

/** In random order (Fisher and Yates; Durstenfeld, Algorithm 235, Communications of the ACM 7, 1964). */
function shuffled(values: number[], random: () => number): number[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}
