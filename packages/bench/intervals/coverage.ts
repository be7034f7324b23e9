import type { Figure } from "@brimline/core/figure";
import type { Level } from "@brimline/core/report/schema";

const SINGLE = ["outputTokensPerS", "requestsPerS", "inputTokensPerS", "inFlight", "goodPercent"] as const;
const SPREADS = ["ttftMs", "tpotMs", "e2eMs", "chunkGapMs", "outputTokensPerRequest"] as const;
const STATISTICS = ["mean", "p50", "p90", "p95", "p99"] as const;

export type StudyKey = (typeof SINGLE)[number] | `${(typeof SPREADS)[number]}.${(typeof STATISTICS)[number]}`;

/** The figures of a level that have an interval. */
export function figuresOf(level: Level): [StudyKey, Figure][] {
  return [
    ...SINGLE.map((name): [StudyKey, Figure] => [name, level[name]]),
    ...SPREADS.flatMap((spread) =>
      STATISTICS.map((statistic): [StudyKey, Figure] => [`${spread}.${statistic}`, level[spread][statistic]]),
    ),
  ];
}

/** What the intervals of one figure do, over many levels of one system. */
export interface Coverage {
  key: StudyKey;
  truth: number;
  /** Half the interval of an oracle that knows how the value varies from level to level, percent of the truth. */
  oraclePercent: number;
  /** The percentages of levels in which the figure has no value, and in which it is valid. */
  withheldPercent: number;
  validPercent: number;
  /** Of the valid ones: the percentage whose interval holds the truth, and of those open at one end. */
  coveredPercent: number | null;
  openPercent: number | null;
  /** The mean width of the valid ones with two ends ÷ the width of the oracle's. */
  width: number | null;
}

/** 1.96 standard deviations on either side hold 95 % of a normal distribution. */
const ORACLE_Z = 1.96;
/** Times are in whole µs, and a truth is not known to the last digit either: this share of it decides nothing. */
const TOLERANCE = 0.0005;

/** `figures` are the same figure of each level. */
export function coverageOf(key: StudyKey, truth: number, figures: Figure[]): Coverage {
  const values = figures.flatMap(({ value }) => value ?? []);
  const half = ORACLE_Z * deviationOf(values);
  const valid = figures.filter(({ value, validity }) => value !== null && validity === "valid");
  const widths = valid.flatMap(({ low, high }) => (low === null || high === null ? [] : [high - low]));
  const tolerance = TOLERANCE * truth;
  const covered = valid.filter(
    ({ low, high }) => (low ?? -Infinity) - tolerance <= truth && truth <= (high ?? Infinity) + tolerance,
  );
  return {
    key,
    truth,
    oraclePercent: (100 * half) / truth,
    withheldPercent: percentOf(figures.length - values.length, figures.length) ?? 0,
    validPercent: percentOf(valid.length, figures.length) ?? 0,
    coveredPercent: percentOf(covered.length, valid.length),
    openPercent: percentOf(valid.length - widths.length, valid.length),
    // What hardly varies has no width to compare.
    width: widths.length === 0 || half <= tolerance ? null : meanOf(widths) / (2 * half),
  };
}

const percentOf = (some: number, all: number): number | null => (all === 0 ? null : (100 * some) / all);

export const meanOf = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviationOf(values: number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
