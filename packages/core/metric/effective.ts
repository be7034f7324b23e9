/**
 * This many values in a row tell how they follow one another. Sorting all values of a long level by time
 * would take longer than everything else.
 */
const VALUES_MAX = 20_000;

/** Values that are judged in the order of their times. */
export interface OrderedValues {
  /** Adds a value. The values may come in any order. */
  add(atMs: number, value: number): void;
  /**
   * How many independent values they are worth for the share of them that lies above `threshold`. That is at
   * most their number.
   */
  effectiveSize(threshold: number): number;
}

/**
 * `expected` is the largest number of values, which lie within this span. If there are more than 20,000, the
 * first stretch in time stands for all.
 */
export function createOrderedValues(
  span: { startMs: number; endMs: number },
  expected: number,
): OrderedValues {
  const untilMs =
    span.startMs + (span.endMs - span.startMs) * Math.min(1, VALUES_MAX / Math.max(1, expected));
  let count = 0;
  let taken: { atMs: number; value: number }[] = [];
  let inOrder: Float64Array | null = null;
  return {
    add(atMs, value) {
      count++;
      if (atMs <= untilMs) taken.push({ atMs, value });
    },
    effectiveSize(threshold) {
      inOrder ??= Float64Array.from(
        taken.toSorted((a, b) => a.atMs - b.atMs),
        ({ value }) => value,
      );
      taken = [];
      return count / correlationTime(inOrder, threshold);
    },
  };
}

/**
 * One of 20 series of independent values has a first correlation above this many of its standard deviations,
 * 1/√n.
 */
const CHANCE = 1.645;

/**
 * How many values one independent value takes: 1 + 2 Σ ρ_k of the indicator of lying above `threshold`, at
 * least 1. The sum goes over pairs of lags as long as a pair is positive. This is the initial positive
 * sequence of C. J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science 7 (1992). A first
 * correlation that chance may have made counts as none, because the sum would otherwise take a tenth of
 * independent values for dependent.
 */
export function correlationTime(inOrder: Float64Array, threshold: number): number {
  const n = inOrder.length;
  const isAbove = Uint8Array.from(inOrder, (value) => Number(value > threshold));
  const above = isAbove.reduce((sum, one) => sum + one, 0);
  const mean = above / n;
  const variance = mean * (1 - mean);
  if (n === 0 || variance === 0) return 1;
  // The rarer side is counted. It correlates with itself just as the other side does.
  const rarer = above * 2 <= n ? 1 : 0;
  const share = rarer === 1 ? mean : 1 - mean;
  const places = Int32Array.from(
    Iterator.from(isAbove.entries()).flatMap(([place, one]) => (one === rarer ? [place] : [])),
  );
  /** How many of the first k values, and of the last k, are on the rarer side. */
  let inFirst = 0;
  let inLast = 0;
  let lag = 0;

  /** The correlation at the next lag, from 1 on. */
  function nextCorrelation(): number {
    inFirst += Number(isAbove[lag] === rarer);
    inLast += Number(isAbove[n - 1 - lag] === rarer);
    lag++;
    let pairs = 0;
    for (const place of places) {
      if (place + lag >= n) break;
      if (isAbove[place + lag] === rarer) pairs++;
    }
    const overlapping = 2 * places.length - inFirst - inLast;
    return (pairs - share * overlapping + (n - lag) * share * share) / (n * variance);
  }

  const first = nextCorrelation();
  if (first <= CHANCE / Math.sqrt(n)) return 1;
  let time = 1 + 2 * first;
  let pair = first;
  while (pair > 0 && lag + 2 < n) {
    pair = nextCorrelation() + nextCorrelation();
    if (pair > 0) time += 2 * pair;
  }
  return time;
}
