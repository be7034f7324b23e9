import type { ShardSummary } from "../record/record.ts";

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
 * The most that the load generator adds, ms: the larger of two. The first is the p99 of the certificate's
 * error. The second is the certificate's usual error (its p50) plus what came on top under load: max(p99 of
 * the event loop's delay under load − the median delay while certifying, p99 of the delay of reads under
 * load).
 *
 * A chunk that arrives while the loop is late waits as long as a timer that is due then. What a timer is late
 * by on a quiet loop is not our delay. Chunks that come on one tick wait for one another, which a timer
 * seldom sees, so the waiting of their reads counts too. The result is an upper end and not an estimate. It
 * is null without a certificate.
 */
export function clientBound({
  certificate,
  eventLoop,
}: Pick<ShardSummary, "certificate" | "eventLoop">): ClientBound | null {
  if (certificate === null) return null;
  const { addedTtftP50Ms, addedTtftP99Ms, addedGapP50Ms, addedGapP99Ms, loopDelayP50Ms } = certificate;
  const lateMs =
    eventLoop === null ? 0 : Math.max(0, eventLoop.delayP99Ms - loopDelayP50Ms, eventLoop.readDelayP99Ms);
  return {
    ttftMs: Math.max(addedTtftP99Ms, addedTtftP50Ms + lateMs),
    gapMs: Math.max(addedGapP99Ms, addedGapP50Ms + lateMs),
    requests: certificate.requests,
    gaps: certificate.gaps,
  };
}
