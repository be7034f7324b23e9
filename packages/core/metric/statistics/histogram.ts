/** Values in ascending order, as far as percentiles must know them. */
export interface Sorted {
  readonly length: number;
  at(rank: number): number | undefined;
}

/** Gaps up to a second have a counter each. Longer ones, which are stalls, are counted in a map. */
const COUNTERS = 1 << 20;
/** So many are made at first: the gaps of most streams are below 33 ms. */
const COUNTERS_FIRST = 1 << 15;
const BLOCK = 1 << 10;

/**
 * Counts of whole µs, with one counter for each µs. Nothing is rounded, so every percentile is exact. As
 * `Sorted` its values are in ms. It takes 4 to 8 bytes for each µs up to the longest, 4 MiB at most, and an entry for
 * every distinct value above 1.05 s.
 */
export interface GapHistogram extends Sorted {
  length: number;
  add(us: number, times?: number): void;
  /** Visits every distinct value in ascending order. */
  each(visit: (us: number, count: number) => void): void;
  /** The sum of all values, µs. */
  sumUs(): number;
  /** How many values lie above a threshold, their sum and the longest. */
  above(thresholdMs: number): { count: number; sumMs: number; longestMs: number | null };
}

export function createGapHistogram(): GapHistogram {
  let counters = new Uint32Array(COUNTERS_FIRST);
  const long = new Map<number, number>();
  /**
   * How many values lie below each block of counters, and the long ones in order. It is null while values are
   * added.
   */
  let index: { below: Float64Array; long: [us: number, count: number][] } | null = null;

  function makeRoomFor(us: number): void {
    let { length } = counters;
    while (length <= us) length *= 2;
    const more = new Uint32Array(length);
    more.set(counters);
    counters = more;
  }

  const indexed = (): NonNullable<typeof index> => {
    if (index !== null) return index;
    const blocks = counters.length / BLOCK;
    const below = new Float64Array(blocks + 1);
    for (let block = 0; block < blocks; block++) {
      let count = below[block] ?? 0;
      for (let us = block * BLOCK; us < (block + 1) * BLOCK; us++) count += counters[us] ?? 0;
      below[block + 1] = count;
    }
    return (index = { below, long: [...long].toSorted(([a], [b]) => a - b) });
  };

  /** Visits every distinct value in ascending order. */
  function each(visit: (us: number, count: number) => void): void {
    const { below, long: longOnes } = indexed();
    for (let block = 0; block < counters.length / BLOCK; block++) {
      if (below[block] === below[block + 1]) continue;
      for (let us = block * BLOCK; us < (block + 1) * BLOCK; us++) {
        const count = counters[us] ?? 0;
        if (count > 0) visit(us, count);
      }
    }
    for (const [us, count] of longOnes) if (count > 0) visit(us, count);
  }

  const histogram: GapHistogram = {
    length: 0,
    add(us, times = 1) {
      histogram.length += times;
      index = null;
      if (us >= COUNTERS) {
        long.set(us, (long.get(us) ?? 0) + times);
        return;
      }
      if (us >= counters.length) makeRoomFor(us);
      counters[us] = (counters[us] ?? 0) + times;
    },
    each,
    at(rank) {
      const { below, long: longOnes } = indexed();
      if (rank < 0 || rank >= histogram.length) return undefined;
      let [block, end] = [0, counters.length / BLOCK];
      while (block < end) {
        const middle = (block + end) >> 1;
        if ((below[middle + 1] ?? 0) > rank) end = middle;
        else block = middle + 1;
      }
      // If no block holds the rank, it is among the long ones.
      let seen = below[block] ?? 0;
      for (let us = block * BLOCK; us < counters.length; us++) {
        seen += counters[us] ?? 0;
        if (seen > rank) return us / 1000;
      }
      for (const [us, count] of longOnes) {
        seen += count;
        if (seen > rank) return us / 1000;
      }
      return undefined;
    },
    sumUs() {
      let sum = 0;
      each((us, count) => (sum += us * count));
      return sum;
    },
    above(thresholdMs) {
      let [count, sumUs, longestUs] = [0, 0, -1];
      each((us, times) => {
        if (us / 1000 <= thresholdMs) return;
        count += times;
        sumUs += us * times;
        longestUs = us;
      });
      return { count, sumMs: sumUs / 1000, longestMs: count === 0 ? null : longestUs / 1000 };
    },
  };
  return histogram;
}

/** All values of some histograms in one, less those of others, which must be among them. */
export function joinedHistogram(some: GapHistogram[], less: GapHistogram[] = []): GapHistogram {
  const joined = createGapHistogram();
  for (const histogram of some) histogram.each((us, count) => joined.add(us, count));
  for (const histogram of less) histogram.each((us, count) => joined.add(us, -count));
  return joined;
}
