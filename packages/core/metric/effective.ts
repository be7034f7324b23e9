/** So many values in a row tell how they follow one another: sorting all of a long level by time would take longer than all else. */
const VALUES_MAX = 20_000;

/** Values in the order of their times. */
export interface Series {
  /** Values that come in any order. */
  add(atMs: number, value: number): void;
  /** How many independent values they are worth for the share of them that lies above `limit`; at most as many as there are. */
  effectiveSize(limit: number): number;
}

/** `expected`: at most so many values, between these two times; of more than 20,000 the first stretch in time speaks for all. */
export function createSeries(span: { startMs: number; endMs: number }, expected: number): Series {
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
    effectiveSize(limit) {
      inOrder ??= Float64Array.from(
        taken.toSorted((a, b) => a.atMs - b.atMs),
        ({ value }) => value,
      );
      taken = [];
      return count / correlationTime(inOrder, limit);
    },
  };
}

/** One of 20 series of independent values has a first correlation above this many of its standard deviations, 1/√n. */
const CHANCE = 1.645;

/**
 * How many values one independent value takes: 1 + 2 Σ ρ_k, of the indicator of being above `limit`, at least 1. Summed in pairs of lags
 * as long as a pair is positive: the initial positive sequence of C. J. Geyer, Practical Markov Chain Monte Carlo, Statistical Science 7
 * (1992). A first correlation that chance may have made counts as none: the sum would take a tenth of independent values for dependent.
 */
export function correlationTime(inOrder: Float64Array, limit: number): number {
  const n = inOrder.length;
  const isAbove = Uint8Array.from(inOrder, (value) => Number(value > limit));
  const above = isAbove.reduce((sum, one) => sum + one, 0);
  const mean = above / n;
  const variance = mean * (1 - mean);
  if (n === 0 || variance === 0) return 1;
  // Of the rarer side, which correlates with itself just as the other does.
  const rarer = above * 2 <= n ? 1 : 0;
  const share = rarer === 1 ? mean : 1 - mean;
  const places = Int32Array.from(
    Iterator.from(isAbove.entries()).flatMap(([place, one]) => (one === rarer ? [place] : [])),
  );
  /** Of the first k values, and of the last. */
  let inFirst = 0;
  let inLast = 0;
  let lag = 0;

  /** For lags one after another, from 1. */
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
