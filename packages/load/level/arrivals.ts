import { createLatencyCounter, latencyAt } from "@brimline/core/record/latencies";
import type { ArrivalClock, Arrivals, RequestRecord } from "@brimline/core/record/record";

/** Counts the chunks of a shard's requests as they end, and how much earlier the merged ones may have come. */
export function createArrivals(clock: ArrivalClock): {
  add(record: Pick<RequestRecord, "gapsUs" | "merged">): void;
  counts(): Arrivals;
} {
  const [all, firsts] = [createEarlier(), createEarlier()];
  return {
    add({ gapsUs, merged }) {
      all.total += gapsUs.length;
      if (gapsUs.length > 0) firsts.total++;
      for (const { chunk, chunks, earlierUs } of merged) {
        all.add(earlierUs, chunks);
        if (chunk === 0) firsts.add(earlierUs, 1);
      }
    },
    counts: () => ({
      clock,
      chunks: all.total,
      merged: all.merged(),
      earlierP99Ms: all.p99Ms(),
      firstEarlierP99Ms: firsts.p99Ms(),
    }),
  };
}

const P = 0.99;

/** How much earlier chunks may have come. One that is not merged came at its time. */
function createEarlier() {
  const counter = createLatencyCounter();
  let merged = 0;
  const earlier = {
    total: 0,
    add(us: number, chunks: number): void {
      merged += chunks;
      counter.add(us / 1000, chunks);
    },
    merged: () => merged,
    p99Ms(): number {
      const rank = Math.ceil(P * earlier.total) - (earlier.total - merged);
      // Half a rank less keeps the rounding of a share from ending up one rank higher.
      return rank <= 0 ? 0 : (latencyAt(counter.histogram(), (rank - 0.5) / merged) ?? 0);
    },
  };
  return earlier;
}
