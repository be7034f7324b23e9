import type { ArrivalClock, Certificate, ShardSummary } from "../record/record.ts";

/**
 * The most that the load generator adds to a time that a shard measured, ms, and how many errors of the
 * certificate each of the two rests on.
 */
export interface ClientBound {
  ttftMs: number;
  gapMs: number;
  requests: number;
  gaps: number;
}

/**
 * The most that the load generator adds, ms: the larger of two. The first is the p99 of the certificate's error.
 * The second is the certificate's usual error (its p50) plus what came on top under load.
 *
 * By the kernel's clock only merged chunks come on top: the p99 of how much earlier a chunk (for TTFT a first
 * chunk) may have come. How late the event loop was does not matter, because it stamps nothing.
 *
 * By the process's clock it is max(p99 of the event loop's delay under load − the median delay while certifying,
 * p99 of the delay of reads under load). A chunk that arrives while the loop is late waits as long as a timer
 * that is due then. What a timer is late by on a quiet loop is not our delay. Chunks that come on one tick wait
 * for one another, which a timer seldom sees, so the waiting of their reads counts too.
 *
 * The result is an upper end and not an estimate. It is null without a certificate.
 */
export function clientBound(
  summary: Pick<ShardSummary, "certificate" | "arrivals" | "eventLoop">,
): ClientBound | null {
  const { certificate, arrivals } = summary;
  if (certificate === null) return null;
  const { addedTtftP50Ms, addedTtftP99Ms, addedGapP50Ms, addedGapP99Ms } = certificate;
  const lateMs = arrivals.clock === "kernel" ? 0 : lateLoopMs(certificate, summary.eventLoop);
  return {
    ttftMs: Math.max(addedTtftP99Ms, addedTtftP50Ms + arrivals.firstEarlierP99Ms + lateMs),
    gapMs: Math.max(addedGapP99Ms, addedGapP50Ms + arrivals.earlierP99Ms + lateMs),
    requests: certificate.requests,
    gaps: certificate.gaps,
  };
}

const lateLoopMs = ({ loopDelayP50Ms }: Certificate, eventLoop: ShardSummary["eventLoop"]): number =>
  eventLoop === null ? 0 : Math.max(0, eventLoop.delayP99Ms - loopDelayP50Ms, eventLoop.readDelayP99Ms);

/** Whose clock all of these shards' chunks have: the process's if any has it. It is null without a shard. */
export function arrivalClock(summaries: Pick<ShardSummary, "arrivals">[]): ArrivalClock | null {
  if (summaries.length === 0) return null;
  return summaries.some(({ arrivals }) => arrivals.clock === "process") ? "process" : "kernel";
}

/** The worst bounds of the shards whose chunks have the process's clock. It is null without such a shard. */
export function processBound(
  summaries: Pick<ShardSummary, "certificate" | "arrivals" | "eventLoop">[],
): Pick<ClientBound, "ttftMs" | "gapMs"> | null {
  const bounds = summaries.flatMap((summary) =>
    summary.arrivals.clock === "process" ? (clientBound(summary) ?? []) : [],
  );
  if (bounds.length === 0) return null;
  return {
    ttftMs: Math.max(...bounds.map(({ ttftMs }) => ttftMs)),
    gapMs: Math.max(...bounds.map(({ gapMs }) => gapMs)),
  };
}
