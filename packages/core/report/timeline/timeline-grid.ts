const ROWS_MAX = 1000;
const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/** A value for each row. */
export type Column = (number | null)[];

/** The rows of a timeline. `rowOf` gives the (fractional) row of a moment. */
export interface Grid {
  rows: number;
  stepS: number;
  startUnixMs: number;
  rowOf(unixMs: number): number;
}

/** At most 1,000 rows, of at least a second each. */
export function gridOf(startUnixMs: number, endUnixMs: number): Grid {
  const lengthS = (endUnixMs - startUnixMs) / 1000;
  const stepS = STEPS_S.find((step) => lengthS / step <= ROWS_MAX) ?? Math.ceil(lengthS / ROWS_MAX);
  return {
    rows: Math.max(1, Math.ceil(lengthS / stepS)),
    stepS,
    startUnixMs,
    rowOf: (unixMs) => (unixMs - startUnixMs) / 1000 / stepS,
  };
}
