import type { SearchedLevel } from "./rules.ts";

/** A load at which more than this share of the requests failed lies beyond the boundary. */
const FAILED_MOST = 0.05;

export const sumOf = (levels: SearchedLevel[], of: (counters: SearchedLevel["counters"]) => number): number =>
  levels.reduce((sum, { counters }) => sum + of(counters), 0);

export const throughputOf = (levels: SearchedLevel[]): number =>
  sumOf(levels, ({ outputTokensPerS }) => outputTokensPerS ?? 0) / levels.length;

/** Whether requests fail, or a queue only grew. */
export const isFailing = (levels: SearchedLevel[]): boolean =>
  levels.some(({ counters }) => counters.isSaturated) ||
  sumOf(levels, ({ failed }) => failed) > FAILED_MOST * sumOf(levels, ({ ok, failed }) => ok + failed);
