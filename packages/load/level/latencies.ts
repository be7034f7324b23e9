import { isOneArrival } from "@brimline/core/metric/statistics/latency";
import { isOpen, valueBounds } from "@brimline/core/metric/statistics/bounds";
import { judgedLatencies, type Slo } from "@brimline/core/metric/goodput";
import {
  createLatencyCounter,
  type LatencyCount,
  type LatencyCounts,
  type LatencyName,
} from "@brimline/core/record/latencies";
import { createSliceJudge, type LevelSlices, SLICES, sliceAt } from "@brimline/core/record/slices";
import { earlierBounds, earlierByChunk } from "@brimline/core/record/columns/merged";
import type { RequestRecord } from "@brimline/core/record/record";
import type { RequestRow } from "@brimline/core/record/columns/table";

/** What a shard counts its latencies by. */
export interface LatencyRules {
  slo: Slo | null;
  isOpenLoop: boolean;
  /** Requests that were due before this time after T0 belong to the level's start and are left out, ms. */
  fromMs: number;
  /** The time whose slices are counted too, ms from T0. It is null where nobody asks for them. */
  sliced: { startMs: number; endMs: number } | null;
  /** Whether tokens, and latencies without a bound, are counted by slice too: the job asks how sure they are. */
  isPrecise?: boolean;
}

/** Counts the latencies of a shard's requests as they end, and judges them by the job's objectives. */
export function createLatencies({ slo, isOpenLoop, fromMs, sliced, isPrecise = false }: LatencyRules): {
  add(record: RequestRecord): void;
  counts(): LatencyCounts;
  slices(): LevelSlices | null;
} {
  const valueOf = judgedLatencies(isOpenLoop);
  const counted = (name: LatencyName) => ({
    valueOf: valueOf[name],
    counter: createLatencyCounter(),
    boundMs: slo?.[name] ?? null,
    judged: { good: 0, open: 0, total: 0 },
    slices: createSliceJudge(),
  });
  const [ttft, tpot, e2e] = [counted("ttftMs"), counted("tpotMs"), counted("e2eMs")];
  const [due, done, outputTokens] = [zeros(), zeros(), zeros()];
  const countOf = ({ counter, boundMs, judged }: typeof ttft): LatencyCount => ({
    histogram: counter.histogram(),
    judged: boundMs === null ? null : judged,
  });
  const slicesOf = ({ boundMs, slices }: typeof ttft) =>
    boundMs === null && !isPrecise ? null : slices.slices();
  const sliceOf = (atMs: number): number => (sliced === null ? -1 : sliceAt(sliced, atMs));

  return {
    add(record) {
      countAt(due, sliceOf(record.dueMs));
      if (record.outcome === "ok") {
        const slice = sliceOf(record.doneMs ?? Infinity);
        countAt(done, slice);
        countAt(outputTokens, slice, record.tokens.output ?? 0);
      }
      const request = rowOf(record);
      for (const { valueOf: latencyOf, counter, boundMs, judged, slices } of [ttft, tpot, e2e]) {
        const ms = latencyOf(request);
        const verdict = boundMs === null ? null : verdictOf(request, { latencyOf, boundMs, ms });
        const shown = ms !== null && request.outcome === "ok" ? ms : Infinity;
        if (verdict !== null) slices.add(sliceOf(record.dueMs), shown, verdict);
        else if (isPrecise && ms !== null) slices.add(sliceOf(record.dueMs), shown, "beyond");
        if (record.dueMs < fromMs) continue;
        if (ms !== null) counter.add(ms);
        if (verdict === null) continue;
        judged.total++;
        if (verdict !== "beyond") judged[verdict]++;
      }
    },
    counts: () => ({ fromMs, ttftMs: countOf(ttft), tpotMs: countOf(tpot), e2eMs: countOf(e2e) }),
    slices: () =>
      sliced === null
        ? null
        : {
            ...sliced,
            due,
            done,
            ...(isPrecise && { outputTokens }),
            ttftMs: slicesOf(ttft),
            tpotMs: slicesOf(tpot),
            e2eMs: slicesOf(e2e),
          },
  };

  /** What a bound says of a request. It is null where it does not judge it: one of a single token has no TPOT. */
  function verdictOf(
    request: RequestRow,
    { latencyOf, boundMs, ms }: { latencyOf: typeof ttft.valueOf; boundMs: number; ms: number | null },
  ): "good" | "open" | "beyond" | null {
    const isUnknown = latencyOf === valueOf.tpotMs && isOneArrival(request);
    const isOk = request.outcome === "ok";
    if (isUnknown) return "open";
    if (!isOk) return "beyond";
    if (ms === null) return null;
    const bounds = isOpen(request) ? valueBounds(request, latencyOf) : null;
    if (bounds !== null && bounds.low <= boundMs && bounds.high > boundMs) return "open";
    return ms <= boundMs ? "good" : "beyond";
  }
}

const zeros = (): number[] => Array.from({ length: SLICES }, () => 0);

function countAt(counts: number[], slice: number, by = 1): void {
  const before = counts[slice];
  if (before !== undefined) counts[slice] = before + by;
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
