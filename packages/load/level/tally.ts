import type { ErrorKind } from "@brimline/core/codes";
import type { ArrivalClock, RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { createArrivals } from "./arrivals.ts";
import { createLatencies, type LatencyRules } from "./latencies.ts";

/**
 * Medians are over so many of the latest requests, so that a long level takes no more memory than a short
 * one.
 */
const LATENCIES_KEPT = 65_536;

export interface Tally {
  requests: ShardSummary["requests"];
  /** Output tokens of ok requests. */
  okOutputTokens: number;
  /** Output tokens of all requests that ended, whatever their outcome. */
  outputTokens: number;
  openMs: number;
  largestE2eMs: number;
  add(record: RequestRecord): void;
  medianE2eMs(): number | null;
  latencies(): ShardSummary["latencies"];
  slices(): ShardSummary["slices"];
  arrivals(): ShardSummary["arrivals"];
}

/** Counts a shard's requests as they end. E2E = last − sent, over ok requests alone. */
export function createTally(rules: LatencyRules & { clock: ArrivalClock }): Tally {
  const latestE2eMs: number[] = [];
  const latencies = createLatencies(rules);
  const arrivals = createArrivals(rules.clock);
  const errors: Partial<Record<ErrorKind, number>> = {};
  const requests = { due: 0, sent: 0, ok: 0, failed: 0, censored: 0, resent: 0, errors };
  const tally: Tally = {
    requests,
    okOutputTokens: 0,
    outputTokens: 0,
    openMs: 0,
    largestE2eMs: 0,
    add,
    medianE2eMs: () => medianOf(latestE2eMs),
    latencies: () => latencies.counts(),
    slices: () => latencies.slices(),
    arrivals: () => arrivals.counts(),
  };

  function add(record: RequestRecord): void {
    tally.outputTokens += record.tokens.output ?? 0;
    latencies.add(record);
    arrivals.add(record);
    if (record.resent) requests.resent++;
    if (record.outcome === "censored") {
      requests.censored++;
      return;
    }
    tally.openMs += (record.doneMs ?? record.sentMs) - record.sentMs;
    if (record.outcome !== "ok") {
      requests.failed++;
      errors[record.outcome] = (errors[record.outcome] ?? 0) + 1;
      return;
    }
    const e2eMs = (record.lastMs ?? record.sentMs) - record.sentMs;
    latestE2eMs[requests.ok % LATENCIES_KEPT] = e2eMs;
    requests.ok++;
    tally.okOutputTokens += record.tokens.output ?? 0;
    tally.largestE2eMs = Math.max(tally.largestE2eMs, e2eMs);
  }
  return tally;
}

function medianOf(values: number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  return lower === undefined || upper === undefined ? null : (lower + upper) / 2;
}
