import type { ShardSummary } from "../record/record.ts";
import { countOf } from "../record/columns/table.ts";
import { isInWindow } from "./statistics/mean.ts";
import { dueInWindow, windowMs, type SteadyRun } from "./window/run.ts";

/** What an open loop offered and how much of that was sent, requests per second over the windows. */
export interface Offered {
  duePerS: number;
  sentPerS: number;
}

/**
 * Due requests are those of the schedule, with those that were never sent (they are the last of their level).
 * Sent ones count whenever they were due. It is null without a window.
 */
export function offered(runs: SteadyRun[], summaries: Pick<ShardSummary, "requests">[]): Offered | null {
  const seconds = runs.reduce((sum, run) => sum + windowMs(run), 0) / 1000;
  if (seconds === 0) return null;
  const neverSent = summaries.reduce(
    (sum, { requests }) => sum + Math.max(0, requests.due - requests.sent),
    0,
  );
  const due = runs.reduce((sum, run) => sum + countOf(dueInWindow(run)), neverSent);
  const sent = runs.reduce((sum, { records, window }) => {
    const inWindow = Iterator.from(records.rows()).filter(({ sentMs }) => isInWindow(sentMs, window));
    return sum + countOf(inWindow);
  }, 0);
  return { duePerS: due / seconds, sentPerS: sent / seconds };
}
