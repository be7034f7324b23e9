import type { ShardSummary } from "../record/record.ts";

/** What the load generator adds at most to a time that a shard measured, ms, and how many errors of the certificate each rests on. */
export interface ClientBound {
  ttftMs: number;
  gapMs: number;
  requests: number;
  gaps: number;
}

/**
 * The larger of two p99s, ms: of the certificate's error, and of what came on top of its usual error under load: its p50 + max(p99 of the
 * event loop's delay under load − the median delay while certifying, p99 of the delay of reads under load). A chunk that arrives while the
 * loop is late waits as long as a timer that is due then; what a timer is late by on a quiet loop is no delay of ours. Chunks that come on
 * one tick wait for one another where a timer seldom looks, so what their reads waited counts too. An upper end and not an estimate. Null
 * without a certificate.
 */
export function clientBound({
  certificate,
  eventLoop,
}: Pick<ShardSummary, "certificate" | "eventLoop">): ClientBound | null {
  if (certificate === null) return null;
  const { addedTtftP99Ms, addedGapP99Ms, loopDelayP50Ms = 0, requests = 1, gaps = 1 } = certificate;
  const { addedTtftP50Ms = addedTtftP99Ms, addedGapP50Ms = addedGapP99Ms } = certificate;
  const lateMs = Math.max(0, (eventLoop?.delayP99Ms ?? 0) - loopDelayP50Ms, eventLoop?.readDelayP99Ms ?? 0);
  return {
    ttftMs: Math.max(addedTtftP99Ms, addedTtftP50Ms + lateMs),
    gapMs: Math.max(addedGapP99Ms, addedGapP50Ms + lateMs),
    requests,
    gaps,
  };
}
