import type { ColumnRule } from "./column-rule.ts";

const PERCENT = { unit: "%", least: 0, most: 100 } as const;

/**
 * The columns of source `host`. Each value is of the time since the sample before, and the sample stands in the middle
 * of that time.
 */
export const HOST_COLUMNS = {
  /** How busy all cores together were. What waited for a disk did not keep them busy. */
  cpuPercent: PERCENT,
  /** How busy the busiest core was. */
  busiestPercent: PERCENT,
  /** For how much of the time the cores were wanted here while the machine below ran others. */
  stealPercent: PERCENT,
} as const satisfies Record<string, ColumnRule>;
export type HostColumn = keyof typeof HOST_COLUMNS;
