import { isOneArrival } from "@brimline/core/metric/latency";
import { isOpen, valueBounds } from "@brimline/core/metric/bounds";
import { judgedLatencies, type Slo } from "@brimline/core/metric/goodput";
import {
  createLatencyCounter,
  type LatencyCount,
  type LatencyCounts,
  type LatencyName,
} from "@brimline/core/record/latencies";
import { earlierBounds, earlierByChunk } from "@brimline/core/record/merged";
import type { RequestRecord } from "@brimline/core/record/record";
import type { RequestRow } from "@brimline/core/record/table";

/** What a shard counts its latencies by. */
export interface LatencyRules {
  slo: Slo | null;
  isOpenLoop: boolean;
  /** Requests that were due before this time after T0 belong to the level's start and are left out, ms. */
  fromMs: number;
}

/** Counts the latencies of a shard's requests as they end, and judges them by the job's objectives. */
export function createLatencies({ slo, isOpenLoop, fromMs }: LatencyRules): {
  add(record: RequestRecord): void;
  counts(): LatencyCounts;
} {
  const valueOf = judgedLatencies(isOpenLoop);
  const counted = (name: LatencyName) => ({
    valueOf: valueOf[name],
    counter: createLatencyCounter(),
    boundMs: slo?.[name] ?? null,
    judged: { good: 0, open: 0, total: 0 },
  });
  const [ttft, tpot, e2e] = [counted("ttftMs"), counted("tpotMs"), counted("e2eMs")];
  const countOf = ({ counter, boundMs, judged }: typeof ttft): LatencyCount => ({
    histogram: counter.histogram(),
    judged: boundMs === null ? null : judged,
  });

  return {
    add(record) {
      if (record.dueMs < fromMs) return;
      const request = rowOf(record);
      const isOk = record.outcome === "ok";
      for (const { valueOf: latencyOf, counter, boundMs, judged } of [ttft, tpot, e2e]) {
        const ms = latencyOf(request);
        if (ms !== null) counter.add(ms);
        if (boundMs === null) continue;
        const isUnknown = latencyOf === valueOf.tpotMs && isOneArrival(request);
        // A request of a single token has no TPOT, so that objective does not judge it.
        if (isOk && ms === null && !isUnknown) continue;
        judged.total++;
        if (isUnknown) judged.open++;
        if (!isOk || ms === null) continue;
        const bounds = isOpen(request) ? valueBounds(request, latencyOf) : null;
        if (bounds !== null && bounds.low <= boundMs && bounds.high > boundMs) judged.open++;
        else if (ms <= boundMs) judged.good++;
      }
    },
    counts: () => ({ fromMs, ttftMs: countOf(ttft), tpotMs: countOf(tpot), e2eMs: countOf(e2e) }),
  };
}

function rowOf(record: RequestRecord): RequestRow {
  const { gapsUs, merged } = record;
  const count = gapsUs.length;
  const earlier =
    merged.length === 0
      ? { firstEarlierUs: 0, firstVisibleEarlierUs: 0, lastEarlierUs: 0 }
      : earlierBounds(record, { gapsUs, earlierUs: earlierByChunk(merged, count), count });
  return {
    ...record,
    leftMs: record.doneMs ?? Infinity,
    chunks: count,
    firstChunkTokens: record.chunkTokens?.[0] ?? null,
    ...earlier,
  };
}
