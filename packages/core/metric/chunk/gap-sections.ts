import { effectiveSizeOfShare } from "../../math/effective-size.ts";

/** Sections of a window. Its sixty slices are put into them by threes, and the ten batches of a share hold two. */
const SECTIONS = 20;
/** Bins are as wide as a 256th of the power of two below them, at most 0.4 %. Shorter gaps have one for each µs. */
const BITS = 8;
const BINS = (32 - BITS + 1) << BITS;

/** The bin of a gap of whole µs. */
export function binOf(us: number): number {
  const shift = Math.max(0, 31 - BITS - Math.clz32(us));
  return (shift << BITS) + (us >>> shift);
}

/**
 * Counts of gaps by section of a window. All streams of a batch share a step of the engine, so neither the gap nor
 * the request is the unit of evidence but a stretch of time.
 */
export interface GapSections {
  /** Counts a gap that ended in this slice of `slices`. */
  add(slice: number, slices: number, us: number): void;
  /** How many independent gaps they are worth for the share of them that lies above a threshold. */
  effectiveSize(thresholdMs: number): number;
}

export function createGapSections(): GapSections {
  const counts = new Uint32Array(SECTIONS * BINS);
  /** The bins between which all gaps lie. */
  let [first, last] = [BINS, -1];
  return {
    add(slice, slices, us) {
      const bin = binOf(us);
      const at = Math.floor((slice * SECTIONS) / slices) * BINS + bin;
      counts[at] = (counts[at] ?? 0) + 1;
      if (bin < first) first = bin;
      if (bin > last) last = bin;
    },
    effectiveSize(thresholdMs) {
      const from = binOf(Math.round(1000 * thresholdMs));
      const [above, all] = [new Float64Array(SECTIONS), new Float64Array(SECTIONS)];
      for (let section = 0; section < SECTIONS; section++) {
        let [count, larger] = [0, 0];
        for (let bin = first; bin <= last; bin++) {
          const here = counts[section * BINS + bin] ?? 0;
          count += here;
          // Of the bin that holds the threshold half counts as above it.
          larger += bin > from ? here : bin === from ? here / 2 : 0;
        }
        all[section] = count;
        above[section] = larger;
      }
      return effectiveSizeOfShare(above, all);
    },
  };
}
