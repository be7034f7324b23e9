/** From when to when something was open, in ms of any one clock. */
export interface Interval {
  fromMs: number;
  toMs: number;
}

/** How many were open at once on average between two times. */
export function meanOpen(intervals: Interval[], fromMs: number, toMs: number): number {
  const openMs = intervals.reduce(
    (sum, one) => sum + Math.max(0, Math.min(one.toMs, toMs) - Math.max(one.fromMs, fromMs)),
    0,
  );
  return openMs / (toMs - fromMs);
}
