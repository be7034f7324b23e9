import type { ShardSummary } from "../record/record.ts";

/** What the load generator adds at most to a time that a shard measured, ms, and how many errors of the certificate each rests on. */
export interface ClientBound {
  ttftMs: number;
  gapMs: number;
  requests: number;
  gaps: number;
}

/**
 * Certificate's p99 error + max(0, p99 of the event loop's delay under load − its median delay while certifying, p99 of the delay of reads
 * under load − the same while certifying), ms. A chunk that arrives while the loop is late waits as long as a timer that is due then, so
 * that delay is added whole; what a timer is late by on a quiet loop is in the certificate's own p99 already. Chunks that come on one tick
 * wait for one another where a timer seldom looks: what their reads waited longer than the certificate's is added instead where it is more.
 * All are upper ends: the sum is a bound and not an estimate. Null without a certificate.
 */
export function clientBound({ certificate, eventLoop }: Pick<ShardSummary, "certificate" | "eventLoop">): ClientBound | null {
  if (certificate === null) return null;
  const { addedTtftP99Ms, addedGapP99Ms, loopDelayP50Ms = 0, readDelayP99Ms = 0, requests = 1, gaps = 1 } = certificate;
  const lateMs = Math.max(0, (eventLoop?.delayP99Ms ?? 0) - loopDelayP50Ms, (eventLoop?.readDelayP99Ms ?? 0) - readDelayP99Ms);
  return { ttftMs: addedTtftP99Ms + lateMs, gapMs: addedGapP99Ms + lateMs, requests, gaps };
}
